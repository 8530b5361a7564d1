# Helpers that every folder uses: ccloud_library, ccloud_tests, the warnings, the sanitizers.

find_package(fmt REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(CURL REQUIRED)
find_package(simdjson REQUIRED)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBSSH REQUIRED IMPORTED_TARGET libssh)
pkg_check_modules(PUGIXML REQUIRED IMPORTED_TARGET pugixml)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)

set(CCLOUD_SANITIZE "" CACHE STRING "sanitizers, as in -fsanitize=")

add_library(ccloud_options INTERFACE)
target_compile_options(ccloud_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
  -Wno-missing-designated-field-initializers -Wnon-virtual-dtor -Werror)
target_include_directories(ccloud_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(ccloud_options INTERFACE BOOST_ASIO_NO_DEPRECATED
                           BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           FMT_ENFORCE_COMPILE_STRING=0)
if(CCLOUD_SANITIZE)
  target_compile_options(ccloud_options INTERFACE -fsanitize=${CCLOUD_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ccloud_options INTERFACE -fsanitize=${CCLOUD_SANITIZE})
endif()
find_program(CCLOUD_LLD NAMES ld.lld-19 ld.lld)
if(CCLOUD_LLD)
  target_link_options(ccloud_options INTERFACE -fuse-ld=${CCLOUD_LLD})
endif()
target_link_libraries(ccloud_options INTERFACE fmt::fmt Threads::Threads)

# ccloud_library(NAME [LINK target...] [PRIVATE target...] [EXCEPT folder...])
# One library per folder: every *.cc of it but tests, fuzzers, benchmarks and main.cc. LINK is the
# folder's permission: what it does not name it cannot use. EXCEPT names sub-folders with libraries
# of their own.
function(ccloud_library name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  foreach(folder ${ARG_EXCEPT})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cc$|/testing/")
  add_library(ccloud_${name} STATIC ${sources})
  target_link_libraries(ccloud_${name} PUBLIC ccloud_options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
endfunction()

# ccloud_tests(NAME [LINK target...] [EXCEPT folder...]): one test program per folder, from its
# *_test.cc.
function(ccloud_tests name)
  if(NOT CCLOUD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "LINK;EXCEPT" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *_test.cc)
  foreach(folder ${ARG_EXCEPT})
    list(FILTER sources EXCLUDE REGEX "^${CMAKE_CURRENT_SOURCE_DIR}/${folder}/")
  endforeach()
  file(GLOB testing CONFIGURE_DEPENDS testing/*.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources} ${testing})
  target_link_libraries(${name}_test PRIVATE ccloud_${name} ${ARG_LINK} GTest::gmock GTest::gtest
                        GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE CCLOUD_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             CCLOUD_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

if(CCLOUD_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
endif()
