#include "ssh/digest.h"

#include <openssl/evp.h>

#include "base/hash.h"

namespace ccloud::ssh {

namespace {
EVP_MD_CTX* context(void* state) { return static_cast<EVP_MD_CTX*>(state); }
}  // namespace

void Digest::Free::operator()(void* state) const { EVP_MD_CTX_free(context(state)); }

Digest::Digest() : state_(EVP_MD_CTX_new()) {
  EVP_DigestInit_ex(context(state_.get()), EVP_sha256(), nullptr);
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::add(std::string_view data) {
  EVP_DigestUpdate(context(state_.get()), data.data(), data.size());
}

std::string Digest::hex() {
  std::string raw(32, '\0');
  EVP_DigestFinal_ex(context(state_.get()), reinterpret_cast<unsigned char*>(raw.data()), nullptr);
  return ccloud::hex(raw);
}

}  // namespace ccloud::ssh
