// By OpenSSL, so that its headers stay in here.
#include "providers/azure/testing/key_pair.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace ccloud::azure::testing {

KeyPair::KeyPair() : key(EVP_RSA_gen(2048)) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio, &text);
  pem.assign(text, static_cast<std::size_t>(size));
  BIO_free(bio);
  X509_free(certificate);
}

KeyPair::~KeyPair() { EVP_PKEY_free(key); }

}  // namespace ccloud::azure::testing
