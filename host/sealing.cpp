#include "host/sealing.h"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <climits>
#include <memory>

#include "host/failure.h"
#include "host/openssl.h"

namespace relance {
namespace {

// scrypt's p instead of its n is raised: OpenSSL opens no key file that asks for more than 32 MiB.
constexpr std::uint64_t kScryptN = 1 << 14, kScryptR = 8, kScryptP = 8;
constexpr std::size_t kSaltBytes = 16;

struct Free {
  void operator()(CMS_ContentInfo* handle) const { CMS_ContentInfo_free(handle); }
  void operator()(PKCS8_PRIV_KEY_INFO* handle) const { PKCS8_PRIV_KEY_INFO_free(handle); }
  void operator()(X509_SIG* handle) const { X509_SIG_free(handle); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

BioPtr reader(std::string_view bytes) {
  if (bytes.size() > INT_MAX) throw Failure(Code::too_large, "There is too much to seal or open at once.");
  BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  require_openssl(bio != nullptr, "read bytes");
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

// The derivation's digest is SHA-1 unless one says otherwise.
std::string seal_for(X509& recipient, std::string_view plain) {
  constexpr unsigned kFlags = CMS_BINARY | CMS_PARTIAL | CMS_STREAM;
  const Owned<CMS_ContentInfo> cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), kFlags));
  require_openssl(cms != nullptr, "begin to seal");
  CMS_RecipientInfo* to = CMS_add1_recipient_cert(cms.get(), &recipient, CMS_KEY_PARAM);
  EVP_PKEY_CTX* agreement = to == nullptr ? nullptr : CMS_RecipientInfo_get0_pkey_ctx(to);
  require_openssl(agreement != nullptr && EVP_PKEY_CTX_set_ecdh_kdf_md(agreement, EVP_sha256()) == 1,
                  "seal to this key");
  const BioPtr out(BIO_new(BIO_s_mem()));
  require_openssl(out && CMS_final(cms.get(), reader(plain).get(), nullptr, kFlags) == 1 &&
                      i2d_CMS_bio(out.get(), cms.get()) == 1,
                  "seal");
  return std::string(written(*out));
}

bool can_agree(const EVP_PKEY* key) { return key != nullptr && EVP_PKEY_get_id(key) == EVP_PKEY_EC; }

int give_passphrase(char* buffer, int size, int, void* from) {
  const auto& passphrase = *static_cast<const std::string_view*>(from);
  if (passphrase.size() > static_cast<std::size_t>(size)) return -1;
  passphrase.copy(buffer, passphrase.size());
  return static_cast<int>(passphrase.size());
}

}  // namespace

std::string seal_to(std::string_view certificate_pem, std::string_view plain) {
  const CertPtr certificate = certificate_from_pem(certificate_pem);
  if (!can_agree(X509_get0_pubkey(certificate.get())))
    throw Failure(Code::bad_file, "The certificate's key is of a kind that nothing can be sealed to.");
  return seal_for(*certificate, plain);
}

// CMS names its reader by a certificate; one that leaves this function with nobody's trust is as good as any.
std::string seal_to_requester(std::string_view csr_pem, std::string_view plain) {
  const CsrPtr request = csr_from_pem(csr_pem);
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (!can_agree(key) || X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    throw Failure(Code::bad_request,
                  "The certificate request has no key that proves itself and can be sealed to.");
  }
  const KeyPtr nobody = make_p256_key();
  const CertPtr name(X509_new());
  const unsigned char label[] = "recovery";
  require_openssl(name && X509_set_version(name.get(), X509_VERSION_3) == 1 &&
                      ASN1_INTEGER_set(X509_get_serialNumber(name.get()), 1) == 1 &&
                      X509_NAME_add_entry_by_txt(X509_get_subject_name(name.get()), "CN", MBSTRING_ASC, label,
                                                 -1, -1, 0) == 1 &&
                      X509_set_issuer_name(name.get(), X509_get_subject_name(name.get())) == 1 &&
                      X509_gmtime_adj(X509_getm_notBefore(name.get()), 0) != nullptr &&
                      X509_gmtime_adj(X509_getm_notAfter(name.get()), 3600) != nullptr &&
                      X509_set_pubkey(name.get(), key) == 1 &&
                      X509_sign(name.get(), nobody.get(), EVP_sha256()) > 0,
                  "name the requester");
  return seal_for(*name, plain);
}

std::optional<Secret> open_sealed_to(const Secret& key_pem, std::string_view der) {
  const KeyPtr key = key_from_pem(key_pem.view());
  const Owned<CMS_ContentInfo> cms(d2i_CMS_bio(reader(der).get(), nullptr));
  const BioPtr out(BIO_new(BIO_s_secmem()));  // wiped when freed
  require_openssl(out != nullptr, "make room for what is opened");
  const bool opened = cms && CMS_decrypt(cms.get(), key.get(), nullptr, nullptr, out.get(), CMS_BINARY) == 1;
  ERR_clear_error();
  if (!opened) return std::nullopt;
  return Secret(written(*out));
}

bool is_issued_by(std::string_view ca_pem, std::string_view certificate_pem) {
  const CertPtr ca = certificate_from_pem(ca_pem);
  const CertPtr certificate = certificate_from_pem(certificate_pem);
  const bool fits =
      X509_NAME_cmp(X509_get_subject_name(ca.get()), X509_get_issuer_name(certificate.get())) == 0 &&
      X509_verify(certificate.get(), X509_get0_pubkey(ca.get())) == 1;
  ERR_clear_error();
  return fits;
}

std::string key_under_passphrase(const Secret& key_pem, std::string_view passphrase) {
  const KeyPtr key = key_from_pem(key_pem.view());
  const Owned<PKCS8_PRIV_KEY_INFO> plain(EVP_PKEY2PKCS8(key.get()));
  std::string salt = random_bytes(kSaltBytes);
  X509_ALGOR* how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), raw(salt), static_cast<int>(salt.size()),
                                          nullptr, kScryptN, kScryptR, kScryptP);
  require_openssl(plain && how != nullptr, "protect a key");
  // On success `how` belongs to what is made.
  const Owned<X509_SIG> sealed(
      PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), plain.get(), how));
  if (!sealed) X509_ALGOR_free(how);
  const BioPtr out(BIO_new(BIO_s_mem()));
  require_openssl(sealed && out && PEM_write_bio_PKCS8(out.get(), sealed.get()) == 1, "protect a key");
  return std::string(written(*out));
}

Secret key_from_passphrase(std::string_view pem, std::string_view passphrase) {
  const BioPtr in = reader(pem);
  const Owned<X509_SIG> sealed(PEM_read_bio_PKCS8(in.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!sealed) throw Failure(Code::bad_file, "This is not a private key under a passphrase in PEM form.");
  const KeyPtr key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, give_passphrase, &passphrase));
  ERR_clear_error();
  if (!key) throw Failure(Code::locked, "The passphrase of the private key is not right; try again.");
  return relance::key_pem(*key);
}

}  // namespace relance
