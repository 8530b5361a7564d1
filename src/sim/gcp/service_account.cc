// RSA over libcrypto.
#include "sim/gcp/service_account.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "base/hash.h"

namespace ccloud::sim::gcp {
namespace {

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* it) const { release(it); }
};
using BioPtr = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;
using DigestPtr = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX, EVP_MD_CTX_free>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

}  // namespace

struct KeyPair::State {
  std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>> key;
};

KeyPair::KeyPair() = default;
KeyPair::~KeyPair() = default;

KeyPair::State& KeyPair::state() const {
  if (!state_) {
    state_ = std::make_unique<State>();
    state_->key.reset(EVP_RSA_gen(2048));
    CCLOUD_CHECK(state_->key != nullptr);
  }
  return *state_;
}

Result<std::string> KeyPair::private_pem() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(out.get(), state().key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1) {
    return make_error(ErrorCode::internal, "cannot write the service account's key");
  }
  return text_of(out.get());
}

std::string KeyPair::id() const {
  const BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.get(), state().key.get());
  return hex(sha1(text_of(out.get())));
}

bool KeyPair::has_signed(std::string_view text, std::string_view signature) const {
  const DigestPtr digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  const auto* content = reinterpret_cast<const unsigned char*>(text.data());
  return EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, state().key.get()) ==
             1 &&
         EVP_DigestVerify(digest.get(), bytes, signature.size(), content, text.size()) == 1;
}

}  // namespace ccloud::sim::gcp
