// X.509 over libcrypto.
#include "sim/test_ca.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace ccloud::sim {
namespace {

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* it) const { release(it); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY, EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Release<X509, X509_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION, X509_EXTENSION_free>>;
using BioPtr = std::unique_ptr<BIO, Release<BIO, BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string pem(X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), certificate);
  return text_of(out.get());
}

std::string pem(EVP_PKEY* key) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(out.get());
}

bool extend(X509* certificate, X509* issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// An unsigned certificate for `key`, good for a month.
CertificatePtr blank(EVP_PKEY* key, const char* name) {
  constexpr long month = 30L * 24 * 3600;
  CertificatePtr it(X509_new());
  X509_set_version(it.get(), 2);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(it.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(it.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(it.get()), month);
  X509_set_pubkey(it.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(it.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return it;
}

}  // namespace

Result<TestCa> make_test_ca() {
  const KeyPtr ca_key(EVP_EC_gen("P-256"));
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (!ca_key || !key) return make_error(ErrorCode::internal, "cannot make keys for the test CA");
  const auto ca = blank(ca_key.get(), "ccloud simulator test CA");
  const auto leaf = blank(key.get(), "localhost");
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca.get()));
  bool is_good = extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
                 extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") &&
                 extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
                 X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0;
  is_good = is_good &&
            extend(leaf.get(), ca.get(), NID_subject_alt_name,
                   "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1") &&
            extend(leaf.get(), ca.get(), NID_subject_key_identifier, "hash") &&
            extend(leaf.get(), ca.get(), NID_authority_key_identifier, "keyid:always") &&
            extend(leaf.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") &&
            extend(leaf.get(), ca.get(), NID_ext_key_usage, "serverAuth") &&
            X509_sign(leaf.get(), ca_key.get(), EVP_sha256()) > 0;
  if (!is_good) return make_error(ErrorCode::internal, "cannot make the test CA");
  const auto ca_text = pem(ca.get());
  return TestCa{ca_text, {pem(leaf.get()) + ca_text, pem(key.get())}};
}

}  // namespace ccloud::sim
