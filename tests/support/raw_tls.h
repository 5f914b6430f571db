// A TLS client that says exactly the bytes it is told to, for tests of the edge: slow, wrong, silent, hostile.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "host/openssl.h"
#include "server/pki.h"

namespace relance::test {

struct RawAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

/// `source`: one of this machine's own addresses (all of 127.0.0.0/8 are), for limits that count by address.
inline int connect_tcp(int port, int receive_buffer = 0, const std::string& source = {}) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval patience{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!source.empty()) {
    ::inet_pton(AF_INET, source.c_str(), &address.sin_addr);
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

class RawTls {
 public:
  struct Options {
    std::string certificate_pem;  // empty: none
    std::string key_pem;
    int version_max = TLS1_3_VERSION;
    int receive_buffer = 0;
    std::string source = {};
    std::string ciphers = {};  // of TLS 1.2 and before, with the security level that lets them be offered
    std::string suites = {};   // of TLS 1.3
  };

  RawTls(int port, const std::string& ca_pem) : RawTls(port, ca_pem, Options()) {}

  RawTls(int port, const std::string& ca_pem, const Options& options)
      : fd_(connect_tcp(port, options.receive_buffer, options.source)) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(context_, options.version_max);
    if (!options.ciphers.empty()) SSL_CTX_set_cipher_list(context_, options.ciphers.c_str());
    if (!options.suites.empty()) SSL_CTX_set_ciphersuites(context_, options.suites.c_str());
    SSL_CTX_set_mode(context_, SSL_MODE_NO_AUTO_CHAIN);  // as our client does
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), certificate_from_pem(ca_pem).get());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (!options.certificate_pem.empty()) {
      SSL_CTX_use_certificate(context_, certificate_from_pem(options.certificate_pem).get());
      SSL_CTX_use_PrivateKey(context_, key_from_pem(options.key_pem).get());
    }
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, fd_);
    connected_ = fd_ >= 0 && SSL_connect(ssl_) == 1;
    if (!connected_) note_error();
  }
  RawTls(const RawTls&) = delete;
  RawTls& operator=(const RawTls&) = delete;
  ~RawTls() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool is_connected() const { return connected_; }
  [[nodiscard]] int reason() const { return reason_; }  // of OpenSSL, after a failure
  [[nodiscard]] SSL* ssl() { return ssl_; }
  [[nodiscard]] int fd() const { return fd_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t n = 0;
      if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &n) != 1) {
        note_error();
        return false;
      }
      bytes.remove_prefix(n);
    }
    return true;
  }

  /// The next answer, read to its Content-Length; nothing at the end of the connection.
  std::optional<RawAnswer> receive() {
    std::size_t head_end = 0;
    while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill()) return std::nullopt;
    RawAnswer out;
    out.head = buffer_.substr(0, head_end + 2);
    buffer_.erase(0, head_end + 4);
    out.status = std::stoi(out.head.substr(9, 3));
    const std::size_t at = out.head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::stoul(out.head.substr(at + 16));
    while (buffer_.size() < length)
      if (!fill()) return std::nullopt;
    out.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return out;
  }

  std::optional<RawAnswer> ask(std::string_view request) {
    send(request);  // a refusal may come before all of it is sent
    return receive();
  }

  /// True if the other side has ended the connection (waits for it).
  bool is_ended() { return buffer_.empty() && !fill(); }

 private:
  bool fill() {
    char part[16384];
    std::size_t n = 0;
    if (SSL_read_ex(ssl_, part, sizeof part, &n) != 1) {
      note_error();
      return false;
    }
    buffer_.append(part, n);
    return true;
  }

  void note_error() {
    reason_ = ERR_GET_REASON(ERR_peek_last_error());
    ERR_clear_error();
  }

  int fd_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
  int reason_ = 0;
  std::string buffer_;
};

/// An office for tests: a CA, a server certificate, and devices.
struct TlsOffice {
  Ms now;
  CertificateWithKey ca;
  CertificateWithKey server;

  explicit TlsOffice(Ms at)
      : now(at), ca(make_ca("Test office", at)), server(issue_server_certificate(ca, {}, at)) {}

  [[nodiscard]] RawTls::Options device(Ms issued_at) const {
    const KeyAndRequest own = make_key_and_request();
    const Id id = Id::parse("0f8b1c9e-4b8e-4d55-9c11-0a1b2c3d4e5f").value();
    RawTls::Options options;
    options.certificate_pem = sign_device_request(ca, own.csr_pem, id, issued_at);
    options.key_pem = std::string(own.key_pem.view());
    return options;
  }
  [[nodiscard]] RawTls::Options device() const { return device(now); }
};

}  // namespace relance::test
