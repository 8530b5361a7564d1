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
# What is precompiled is known by its content, not by its time: a compiler cache can then use it.
target_compile_options(ccloud_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
if(CCLOUD_SANITIZE)
  target_compile_options(ccloud_options INTERFACE -fsanitize=${CCLOUD_SANITIZE}
                         -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ccloud_options INTERFACE -fsanitize=${CCLOUD_SANITIZE})
endif()
if(CCLOUD_FUZZ)
  # Without the tracing of comparisons, a third of the time: dictionaries know the words instead.
  target_compile_options(ccloud_options INTERFACE -fsanitize=fuzzer-no-link
                         -fno-sanitize-coverage=trace-cmp)
endif()
find_program(CCLOUD_LLD NAMES ld.lld-19 ld.lld)
if(CCLOUD_LLD)
  target_link_options(ccloud_options INTERFACE -fuse-ld=${CCLOUD_LLD})
endif()
target_link_libraries(ccloud_options INTERFACE fmt::fmt Threads::Threads)

# The headers of others that nearly every file includes, parsed once for all of them: a third to a half
# of the front end's work on a file. None of ours is among them, so a change of ours rebuilds no more
# than before; the tidy preset does without, so that each file still has to include what it uses.
set(ccloud_std_headers
  <algorithm> <array> <cerrno> <charconv> <chrono> <coroutine> <csignal> <cstdint> <cstdlib> <cstring>
  <deque> <filesystem> <fstream> <functional> <map> <memory> <optional> <set> <span> <string>
  <string_view> <tuple> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)
add_library(ccloud_std STATIC ${CMAKE_SOURCE_DIR}/cmake/std.cc)
target_link_libraries(ccloud_std PRIVATE ccloud_options)
target_precompile_headers(ccloud_std PRIVATE ${ccloud_std_headers})

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
  target_precompile_headers(ccloud_${name} REUSE_FROM ccloud_std)
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
  target_precompile_headers(${name}_test REUSE_FROM ccloud_std_tests)
  add_test(NAME ${name} COMMAND ${name}_test --gtest_brief=1)
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()

# ccloud_fuzzers(NAME [CORPUS folder...]): each NAME_fuzz.cc is a program for libFuzzer. With the
# fuzz preset everything is built for it; otherwise, where the compiler can, a short run over the
# corpora is one of the tests.
function(ccloud_fuzzers name)
  cmake_parse_arguments(ARG "" "" "CORPUS" ${ARGN})
  if(NOT CCLOUD_FUZZ AND NOT (CCLOUD_TESTS AND CCLOUD_HAS_FUZZER))
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS *_fuzz.cc)
  foreach(source ${sources})
    get_filename_component(fuzzer ${source} NAME_WE)
    set(fuzzer ${name}_${fuzzer})
    add_executable(${fuzzer} ${source})
    target_link_libraries(${fuzzer} PRIVATE ccloud_${name})
    target_compile_options(${fuzzer} PRIVATE -fsanitize=fuzzer-no-link)
    target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
    if(CCLOUD_TESTS)
      set(own ${CMAKE_CURRENT_BINARY_DIR}/${fuzzer}.corpus)
      file(MAKE_DIRECTORY ${own})
      add_test(NAME ${fuzzer} COMMAND ${fuzzer} -runs=2000 -seed=1 -timeout=10 -max_total_time=20
               -print_final_stats=0 -verbosity=0 ${own} ${ARG_CORPUS}
               WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
      set_tests_properties(${fuzzer} PROPERTIES TIMEOUT 120)
    endif()
  endforeach()
endfunction()

include(CheckCXXSourceCompiles)
set(CMAKE_REQUIRED_FLAGS "-fsanitize=fuzzer")
check_cxx_source_compiles(
  "extern \"C\" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }"
  CCLOUD_HAS_FUZZER)
unset(CMAKE_REQUIRED_FLAGS)

if(CCLOUD_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  add_library(ccloud_std_tests STATIC ${CMAKE_SOURCE_DIR}/cmake/std.cc)
  target_link_libraries(ccloud_std_tests PRIVATE ccloud_options GTest::gmock GTest::gtest)
  target_precompile_headers(ccloud_std_tests PRIVATE ${ccloud_std_headers} <gmock/gmock.h>
                            <gtest/gtest.h>)
endif()
