// Nothing: CMake compiles the common headers of others beside it (cmake/ccloud.cmake).
