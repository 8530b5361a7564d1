// libcurl, loaded when the first request is made: it brings some thirty libraries with it, and
// loading them is half of what `ccloud version` or a shell's completion would cost. The functions
// have libcurl's own names and types, so that nothing else needs to know.
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include <curl/curl.h>
#include <dlfcn.h>

// The header's macros would check the types of arguments, which these definitions have not.
#undef curl_easy_getinfo
#undef curl_easy_setopt
#undef curl_multi_setopt

namespace {

void* library() {
  static void* const loaded = [] {
    void* const handle = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) {
      std::fprintf(stderr, "error: %s\n  install libcurl (Debian: libcurl4)\n", dlerror());
      std::_Exit(1);
    }
    return handle;
  }();
  return loaded;
}

/// The library's function of that name, which has the type of `like`.
template <class Function>
Function* find(const char* name, Function* /*like*/) {
  void* const symbol = dlsym(library(), name);
  if (symbol == nullptr) {
    std::fprintf(stderr, "error: libcurl has no %s\n", name);
    std::_Exit(1);
  }
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

// Each of these is called once per name: the pointer is looked up the first time.
#define CCLOUD_CURL(name)                         \
  static auto* const real = find(#name, &(name)); \
  return real

// All optional arguments of libcurl are of the size of a pointer (long, curl_off_t, pointers).
#define CCLOUD_CURL_OPTION(name, handle, option)  \
  static auto* const real = find(#name, &(name)); \
  va_list more;                                   \
  va_start(more, option);                         \
  void* const value = va_arg(more, void*);        \
  va_end(more);                                   \
  return real(handle, option, value)

// An option's enumeration is promoted to what it is already; libcurl's own definitions do the same.
#pragma clang diagnostic ignored "-Wvarargs"

static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));

extern "C" {

CURLcode curl_global_init(long flags) { CCLOUD_CURL(curl_global_init)(flags); }

CURL* curl_easy_init() { CCLOUD_CURL(curl_easy_init)(); }
void curl_easy_reset(CURL* easy) { CCLOUD_CURL(curl_easy_reset)(easy); }
void curl_easy_cleanup(CURL* easy) { CCLOUD_CURL(curl_easy_cleanup)(easy); }
CURLcode curl_easy_setopt(CURL* easy, CURLoption option, ...) {
  CCLOUD_CURL_OPTION(curl_easy_setopt, easy, option);
}
CURLcode curl_easy_getinfo(CURL* easy, CURLINFO info, ...) {
  CCLOUD_CURL_OPTION(curl_easy_getinfo, easy, info);
}

CURLM* curl_multi_init() { CCLOUD_CURL(curl_multi_init)(); }
CURLMcode curl_multi_cleanup(CURLM* multi) { CCLOUD_CURL(curl_multi_cleanup)(multi); }
CURLMcode curl_multi_setopt(CURLM* multi, CURLMoption option, ...) {
  CCLOUD_CURL_OPTION(curl_multi_setopt, multi, option);
}
CURLMcode curl_multi_add_handle(CURLM* multi, CURL* easy) {
  CCLOUD_CURL(curl_multi_add_handle)(multi, easy);
}
CURLMcode curl_multi_remove_handle(CURLM* multi, CURL* easy) {
  CCLOUD_CURL(curl_multi_remove_handle)(multi, easy);
}
CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int events, int* running) {
  CCLOUD_CURL(curl_multi_socket_action)(multi, socket, events, running);
}
CURLMsg* curl_multi_info_read(CURLM* multi, int* left) {
  CCLOUD_CURL(curl_multi_info_read)(multi, left);
}

curl_slist* curl_slist_append(curl_slist* list, const char* text) {
  CCLOUD_CURL(curl_slist_append)(list, text);
}
void curl_slist_free_all(curl_slist* list) { CCLOUD_CURL(curl_slist_free_all)(list); }

}  // extern "C"
