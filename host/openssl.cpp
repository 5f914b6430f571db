// The OpenSSL calls that both programs make.
#include "host/openssl.h"

#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "host/failure.h"

namespace relance {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::uint64_t kScryptMemoryMax = std::uint64_t{1} << 30;  // a tampered key file may not take it all

struct FreeMore {
  void operator()(EVP_CIPHER_CTX* handle) const { EVP_CIPHER_CTX_free(handle); }
  void operator()(EVP_KDF* handle) const { EVP_KDF_free(handle); }
  void operator()(EVP_KDF_CTX* handle) const { EVP_KDF_CTX_free(handle); }
  void operator()(GENERAL_NAMES* handle) const { GENERAL_NAMES_free(handle); }
  void operator()(BIGNUM* handle) const { BN_free(handle); }
  void operator()(EVP_MD_CTX* handle) const { EVP_MD_CTX_free(handle); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeMore>;

BioPtr reader(std::string_view text) {
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require_openssl(bio != nullptr, "read a text");
  return bio;
}

BioPtr writer() {
  BioPtr bio(BIO_new(BIO_s_mem()));
  require_openssl(bio != nullptr, "write a text");
  return bio;
}

std::string_view written(bio_st& bio) {
  char* start = nullptr;
  const long size = BIO_get_mem_data(&bio, &start);
  return {start, static_cast<std::size_t>(size)};
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// Without this callback OpenSSL would ask on the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

Ms instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    throw Failure(Code::bad_file, "This certificate bears a date that is none; it cannot be used.");
  }
  return static_cast<Ms>(::timegm(&parts)) * 1000;
}

std::string uri_of(const x509_st& certificate) {
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* uri = name->d.uniformResourceIdentifier;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
            static_cast<std::size_t>(ASN1_STRING_length(uri))};
  }
  return {};
}

std::string serial_of(const x509_st& certificate) {
  const Owned<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr));
  require_openssl(number != nullptr, "read a certificate's number");
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), raw(bytes));
  return hex(bytes);
}

std::string common_name_of(const x509_st& certificate) {
  const X509_NAME* subject = X509_get_subject_name(&certificate);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (place < 0) return {};
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place));
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return {};
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

}  // namespace

void FreeOpenssl::operator()(bio_st* handle) const { BIO_free_all(handle); }
void FreeOpenssl::operator()(evp_pkey_st* handle) const { EVP_PKEY_free(handle); }
void FreeOpenssl::operator()(x509_st* handle) const { X509_free(handle); }
void FreeOpenssl::operator()(X509_req_st* handle) const { X509_REQ_free(handle); }

void require_openssl(bool worked, std::string_view what) {
  const unsigned long error = worked ? 0 : ERR_peek_last_error();
  ERR_clear_error();
  if (worked) return;
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  throw Failure(Code::internal, "OpenSSL could not " + std::string(what) + ": " +
                                    (reason ? reason : "no reason given") + ".");
}

KeyPtr make_p256_key() {
  KeyPtr key(EVP_EC_gen("P-256"));
  require_openssl(key != nullptr, "make a key");
  return key;
}

Secret key_pem(const evp_pkey_st& key) {
  const BioPtr bio(BIO_new(BIO_s_secmem()));  // wiped when freed
  require_openssl(
      bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
      "write a key");
  return Secret(written(*bio));
}

KeyPtr key_from_pem(std::string_view pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!key) throw Failure(Code::bad_file, "This is not a private key in PEM form.");
  return key;
}

KeyPtr make_ed25519_key() {
  KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  require_openssl(key != nullptr, "make a key");
  return key;
}

std::string ed25519_public(const evp_pkey_st& key) {
  std::string out(kKeyBytes, '\0');
  std::size_t size = out.size();
  const bool is_one = EVP_PKEY_get_id(&key) == EVP_PKEY_ED25519 &&
                      EVP_PKEY_get_raw_public_key(&key, raw(out), &size) == 1 && size == out.size();
  ERR_clear_error();
  if (!is_one) throw Failure(Code::bad_file, "This key is no Ed25519 key.");
  return out;
}

std::string sign_ed25519(evp_pkey_st& key, std::string_view text) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::string out(64, '\0');
  std::size_t size = out.size();
  require_openssl(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, &key) == 1 &&
                      EVP_DigestSign(context.get(), raw(out), &size, raw(text), text.size()) == 1 &&
                      size == out.size(),
                  "sign");
  return out;
}

bool verify_ed25519(std::string_view public_key32, std::string_view text, std::string_view signature) {
  const KeyPtr key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(public_key32), public_key32.size()));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool is_right =
      key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
  ERR_clear_error();
  return is_right;
}

KeyAndRequest make_key_and_request() {
  const KeyPtr key = make_p256_key();
  return {key_pem(*key), make_csr(*key)};
}

std::string make_csr(evp_pkey_st& key) {
  const CsrPtr request(X509_REQ_new());
  const EVP_MD* digest = EVP_PKEY_get_id(&key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  require_openssl(request && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
                      X509_REQ_set_pubkey(request.get(), &key) == 1 &&
                      X509_REQ_sign(request.get(), &key, digest) > 0,
                  "sign a certificate request");
  const BioPtr bio = writer();
  require_openssl(PEM_write_bio_X509_REQ(bio.get(), request.get()) == 1, "write a certificate request");
  return std::string(written(*bio));
}

CsrPtr csr_from_pem(std::string_view pem) {
  CsrPtr request(PEM_read_bio_X509_REQ(reader(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!request) throw Failure(Code::bad_request, "This is not a certificate request in PEM form.");
  return request;
}

std::string public_key_of_request(std::string_view csr_pem) {
  const CsrPtr request = csr_from_pem(csr_pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request.get()), &der);
  require_openssl(size > 0, "encode the key of a certificate request");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

std::string public_key_of_certificate(std::string_view pem) {
  const CertPtr certificate = certificate_from_pem(pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  require_openssl(size > 0, "encode the key of a certificate");
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

CertPtr certificate_from_pem(std::string_view pem) {
  CertPtr certificate(PEM_read_bio_X509(reader(pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (!certificate) throw Failure(Code::bad_file, "This is not a certificate in PEM form.");
  return certificate;
}

std::vector<CertPtr> certificates_from_pem(std::string_view pem) {
  std::vector<CertPtr> out;
  const BioPtr bio = reader(pem);
  while (CertPtr certificate{PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr)})
    out.push_back(std::move(certificate));
  ERR_clear_error();  // the end of the text reads as an error
  if (out.empty()) throw Failure(Code::bad_file, "This is not a certificate in PEM form.");
  return out;
}

std::string certificate_pem(const x509_st& certificate) {
  const BioPtr bio = writer();
  require_openssl(PEM_write_bio_X509(bio.get(), &certificate) == 1, "write a certificate");
  return std::string(written(*bio));
}

CertificateFacts facts_of_certificate(const x509_st& certificate) {
  return {.uri_san = uri_of(certificate),
          .serial_hex = serial_of(certificate),
          .not_before = instant_of(X509_get0_notBefore(&certificate)),
          .not_after = instant_of(X509_get0_notAfter(&certificate)),
          .subject_cn = common_name_of(certificate)};
}

CertificateFacts facts_of_certificate(std::string_view pem) {
  return facts_of_certificate(*certificate_from_pem(pem));
}

bool is_key_of(std::string_view key_pem, std::string_view pem) {
  const CertPtr certificate = certificate_from_pem(pem);
  const KeyPtr key = key_from_pem(key_pem);
  const bool fits = X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  return fits;
}

Digest fingerprint(const x509_st& certificate) {
  Digest out;
  unsigned int size = 0;
  require_openssl(X509_digest(&certificate, EVP_sha256(), out.data(), &size) == 1 && size == out.size(),
                  "hash a certificate");
  return out;
}

Digest fingerprint(std::string_view pem) { return fingerprint(*certificate_from_pem(pem)); }

std::string seal(std::string_view key32, std::string_view plain, std::string_view context) {
  RELANCE_ASSERT(key32.size() == kKeyBytes);
  std::string out = random_bytes(kNonceBytes);
  out.resize(kNonceBytes + plain.size() + kTagBytes);
  unsigned char* body = raw(out) + kNonceBytes;
  const Owned<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
  int n = 0;
  require_openssl(
      cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key32), raw(out)) == 1 &&
          EVP_EncryptUpdate(cipher.get(), nullptr, &n, raw(context), static_cast<int>(context.size())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), body, &n, raw(plain), static_cast<int>(plain.size())) == 1 &&
          EVP_EncryptFinal_ex(cipher.get(), body + n, &n) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, body + plain.size()) == 1,
      "encrypt");
  return out;
}

std::optional<Secret> open_sealed(std::string_view key32, std::string_view sealed, std::string_view context) {
  RELANCE_ASSERT(key32.size() == kKeyBytes);
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(body.size(), '\0');
  const Owned<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
  int n = 0;
  require_openssl(
      cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key32), raw(sealed)) == 1 &&
          EVP_DecryptUpdate(cipher.get(), nullptr, &n, raw(context), static_cast<int>(context.size())) == 1 &&
          EVP_DecryptUpdate(cipher.get(), raw(plain), &n, raw(body), static_cast<int>(body.size())) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1,
      "decrypt");
  const bool authentic = EVP_DecryptFinal_ex(cipher.get(), raw(plain) + plain.size(), &n) == 1;
  ERR_clear_error();
  Secret out = Secret::take(std::move(plain));  // unauthenticated bytes are wiped as well
  if (!authentic) return std::nullopt;
  return out;
}

std::string aes256_cbc_plain(std::string_view key32, std::string_view iv, std::string_view cipher_text) {
  RELANCE_ASSERT(key32.size() == kKeyBytes && iv.size() == 16 && cipher_text.size() % 16 == 0);
  const Owned<EVP_CIPHER_CTX> cipher(EVP_CIPHER_CTX_new());
  std::string plain(cipher_text.size(), '\0');
  int n = 0;
  require_openssl(
      cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_cbc(), nullptr, raw(key32), raw(iv)) == 1 &&
          EVP_CIPHER_CTX_set_padding(cipher.get(), 0) == 1 &&
          EVP_DecryptUpdate(cipher.get(), raw(plain), &n, raw(cipher_text),
                            static_cast<int>(cipher_text.size())) == 1,
      "decrypt a page");
  plain.resize(static_cast<std::size_t>(n));
  return plain;
}

std::string sign_text(const Secret& key_pem, std::string_view text) {
  const KeyPtr key = key_from_pem(key_pem.view());
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  require_openssl(context &&
                      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
                      EVP_DigestSign(context.get(), nullptr, &size, raw(text), text.size()) == 1,
                  "sign");
  std::string out(size, '\0');
  require_openssl(EVP_DigestSign(context.get(), raw(out), &size, raw(text), text.size()) == 1, "sign");
  out.resize(size);
  return out;
}

bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature) {
  const unsigned char* at = raw(public_key);
  const KeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(public_key.size())));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool is_good =
      key && context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(text), text.size()) == 1;
  ERR_clear_error();
  return is_good;
}

Secret hkdf_sha256(std::string_view key, std::string_view salt, std::string_view purpose, std::size_t size) {
  const Owned<EVP_KDF> method(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
  const Owned<EVP_KDF_CTX> context(EVP_KDF_CTX_new(method.get()));
  char digest[] = "SHA256";
  std::string key_copy(key), salt_copy(salt), purpose_copy(purpose);  // the parameters are not const
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key_copy.data(), key_copy.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_copy.data(), salt_copy.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, purpose_copy.data(), purpose_copy.size()),
      OSSL_PARAM_construct_end()};
  std::string out(size, '\0');
  const bool worked = context && EVP_KDF_derive(context.get(), raw(out), out.size(), parameters) == 1;
  wipe(key_copy);
  Secret derived = Secret::take(std::move(out));
  require_openssl(worked, "derive a key");
  return derived;
}

Secret scrypt(std::string_view passphrase, std::string_view salt, const ScryptCost& cost) {
  std::string out(kKeyBytes, '\0');
  const bool worked = EVP_PBE_scrypt(passphrase.data(), passphrase.size(), raw(salt), salt.size(), cost.n,
                                     cost.r, cost.p, kScryptMemoryMax, raw(out), out.size()) == 1;
  ::malloc_trim(0);
  Secret derived = Secret::take(std::move(out));
  require_openssl(worked, "derive a key from the passphrase");
  return derived;
}

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  require_openssl(RAND_bytes(raw(out), static_cast<int>(size)) == 1, "make random bytes");
  return out;
}

}  // namespace relance
