// Key pairs: import, create, describe, delete.
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

std::string big_endian(std::size_t n) {
  std::string out(4, '\0');
  for (int i = 3; i >= 0; --i, n >>= 8) out[static_cast<std::size_t>(i)] = static_cast<char>(n);
  return out;
}

std::string ssh_field(std::string_view bytes) {
  return big_endian(bytes.size()) + std::string(bytes);
}

std::string colons(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    if (i > 0) out += ':';
    out += digits.substr(i, 2);
  }
  return out;
}

Key* find_key(Ec2& ec2, std::string_view name) {
  for (const auto& [serial, key] : ec2.world.list(ec2.place, "key-pair")) {
    if (key->name == name) return static_cast<Key*>(key);
  }
  return nullptr;
}

Answer<Key*> add_key(Ec2& ec2, Key key) {
  key.name = ec2.params.get("KeyName");
  if (key.name.size() > 255 || trim(key.name) != key.name) {
    return fail("InvalidParameterValue",
                fmt::format("Value for parameter KeyName is invalid: '{}'", key.name));
  }
  if (find_key(ec2, key.name) != nullptr) {
    return fail("InvalidKeyPair.Duplicate",
                fmt::format("The keypair '{}' already exists.", key.name));
  }
  if (auto good = check_tag_types(ec2.params, "key-pair"); !good) {
    return std::unexpected(good.error());
  }
  key.id = ec2.new_id("key-");
  return ec2.create(std::move(key), "key-pair");
}

Answer<> import_key(Ec2& ec2) {
  const auto line = decode_base64(ec2.params.get("PublicKeyMaterial"));
  const auto words = split(trim(line.value_or("")), ' ');
  const bool is_known = words.size() >= 2 && (words[0] == "ssh-rsa" || words[0] == "ssh-ed25519");
  const auto blob = is_known ? decode_base64(words[1]) : std::nullopt;
  if (!blob || !blob->starts_with(ssh_field(words[0]))) {
    return fail("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  }
  Key key;
  key.public_key = std::string(trim(*line));
  key.fields["type"] = words[0] == "ssh-rsa" ? "rsa" : "ed25519";
  // EC2 shows MD5 of an imported RSA key, SHA-256 of an ED25519 one.
  key.fingerprint = words[0] == "ssh-rsa" ? colons(hex(md5(*blob))) : base64(sha256(*blob));
  auto made = add_key(ec2, std::move(key));
  if (!made) return std::unexpected(made.error());
  ec2.xml.leaf("keyName", (*made)->name)
      .leaf("keyFingerprint", (*made)->fingerprint)
      .leaf("keyPairId", (*made)->id);
  ec2.write_tags(**made);
  return {};
}

struct Generated {
  std::string pem;
  std::string public_line;
};

/// An ED25519 key pair; the private half as PKCS#8.
Generated generate_key() {
  using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  std::string raw(32, '\0');
  std::size_t size = raw.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(out.get(), &text);
  return {std::string(text, static_cast<std::size_t>(length)),
          "ssh-ed25519 " + base64(ssh_field("ssh-ed25519") + ssh_field(raw))};
}

Answer<> create_key(Ec2& ec2) {
  const auto type = ec2.params.has("KeyType") ? ec2.params.get("KeyType") : "rsa";
  if (type != "ed25519") {
    return fail("UnsupportedOperation", "the simulator makes only ed25519 key pairs");
  }
  const auto generated = generate_key();
  Key key;
  key.public_key = generated.public_line;
  key.fields["type"] = "ed25519";
  key.fingerprint = base64(sha256(key.public_key));
  auto made = add_key(ec2, std::move(key));
  if (!made) return std::unexpected(made.error());
  ec2.xml.leaf("keyName", (*made)->name)
      .leaf("keyFingerprint", (*made)->fingerprint)
      .leaf("keyMaterial", generated.pem)
      .leaf("keyPairId", (*made)->id);
  ec2.write_tags(**made);
  return {};
}

constexpr Field<Key> fields[] = {
    {"key-name", [](const Key& k) { return Values{k.name}; }},
    {"key-pair-id", [](const Key& k) { return Values{k.id}; }},
    {"fingerprint", [](const Key& k) { return Values{k.fingerprint}; }},
};

Answer<> describe_keys(Ec2& ec2) {
  auto found = select<Key>(ec2, {.type = "key-pair", .ids = "KeyPairId"}, fields);
  if (!found) return std::unexpected(found.error());
  const auto names = ec2.params.list("KeyName");
  for (const auto& name : names) {
    if (std::ranges::find(found->all, name, &Key::name) == found->all.end()) {
      return fail("InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", name));
    }
  }
  const bool shows_key = ec2.params.flag("IncludePublicKey");
  if (!names.empty()) {
    std::erase_if(found->all, [&](const Key* key) {
      return std::ranges::find(names, key->name) == names.end();
    });
  }
  ec2.xml.list("keySet", found->all, [&](const Key* key) {
    ec2.xml.leaf("keyPairId", key->id)
        .leaf("keyName", key->name)
        .leaf("keyFingerprint", key->fingerprint)
        .leaf("keyType", key->fields.find("type")->second)
        .leaf("createTime", ec2_time(key->created));
    if (shows_key) ec2.xml.leaf("publicKey", key->public_key);
    ec2.write_tags(*key);
  });
  return {};
}

Answer<> delete_key(Ec2& ec2) {
  Resource* key = nullptr;
  if (ec2.params.has("KeyPairId")) {
    auto found = ec2.see("key-pair", ec2.params.get("KeyPairId"));
    if (!found) return std::unexpected(found.error());
    key = *found;
  } else if (ec2.params.has("KeyName")) {
    key = find_key(ec2, ec2.params.get("KeyName"));
  } else {
    return fail("MissingParameter", "The request must contain the parameter KeyName or KeyPairId");
  }
  const auto id = key == nullptr ? std::string() : key->id;
  if (key != nullptr) ec2.world.remove(*key);  // unknown names are no error
  ec2.write_true();
  ec2.xml.optional("keyPairId", id);
  return {};
}

}  // namespace

std::vector<Operation> key_operations() {
  return {
      {"ImportKeyPair", "KeyName! PublicKeyMaterial!" CCLOUD_EC2_TAGS, true, import_key},
      {"CreateKeyPair", "KeyName! KeyType KeyFormat" CCLOUD_EC2_TAGS, true, create_key},
      {"DescribeKeyPairs", "KeyName.N KeyPairId.N IncludePublicKey:bool" CCLOUD_EC2_FILTERS, false,
       describe_keys},
      {"DeleteKeyPair", "KeyName KeyPairId", true, delete_key},
  };
}

}  // namespace ccloud::sim::aws
