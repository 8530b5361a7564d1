// For C libraries' objects in a unique_ptr: std::unique_ptr<BIO, Deleter<BIO_free_all>>.
#pragma once

namespace ccloud {

/// Gives the object back by `Free`.
template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* it) const {
    Free(it);
  }
};

}  // namespace ccloud
