#include "client/key_holder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "client/keys.h"
#include "host/descriptor.h"

namespace relance::client {
namespace {

constexpr char kAsk = 'k';                                   // answered by the key
constexpr char kStop = 's';                                  // answered by a dot, after the key is gone
constexpr auto kPatience = std::chrono::milliseconds(2000);  // a holder answers at once or not at all
constexpr std::string_view kSocketName = "holder.sock";

// A socket's path is at most 107 bytes; through the descriptor of the directory any home will do.
struct SocketPlace {
  Descriptor directory;
  sockaddr_un address{};

  explicit SocketPlace(const Home& home)
      : directory(::open(home.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    address.sun_family = AF_UNIX;
    const std::string path =
        "/proc/self/fd/" + std::to_string(directory.get()) + "/" + std::string(kSocketName);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

bool is_own_account(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::getuid();
}

bool readable_within(int fd, std::chrono::milliseconds time) {
  pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&wait, 1, static_cast<int>(time.count())) > 0;
}

// Sends one question; what came back, at most `size` bytes.
std::string ask(const Home& home, char question, std::size_t size) {
  std::string answer;
  const SocketPlace place(home);
  if (!place.directory.is_open()) return answer;
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Whoever else could bind a name in a 0700 directory is us: the check is for a home with wrong rights.
  if (::connect(socket.get(), place.get(), sizeof place.address) != 0 || !is_own_account(socket.get()))
    return answer;
  if (::send(socket.get(), &question, 1, MSG_NOSIGNAL) != 1) return answer;
  answer.reserve(size);
  std::array<char, 64> part{};
  while (answer.size() < size && readable_within(socket.get(), kPatience)) {
    const ssize_t n = ::recv(socket.get(), part.data(), std::min(part.size(), size - answer.size()), 0);
    if (n <= 0) break;
    answer.append(part.data(), static_cast<std::size_t>(n));
  }
  ::explicit_bzero(part.data(), part.size());
  return answer;
}

// One question of one visitor; true when it was to stop.
bool serve_visitor(int visitor, const Secret& key) {
  char question = 0;
  if (!is_own_account(visitor) || !readable_within(visitor, kPatience) ||
      ::recv(visitor, &question, 1, 0) != 1)
    return false;
  if (question == kAsk) ::send(visitor, key.view().data(), key.size(), MSG_NOSIGNAL);
  return question == kStop;
}

// The background process. Leaves by _exit: nothing of the parent's is its own to flush.
[[noreturn]] void hold(Descriptor listening, const SocketPlace& place, Secret key,
                       std::chrono::seconds idle) {
  ::mlockall(MCL_CURRENT);  // where the account may: the key is then never swapped out
  while (readable_within(listening.get(), idle)) {
    const Descriptor visitor(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!visitor.is_open()) continue;
    if (!serve_visitor(visitor.get(), key)) continue;
    key.wipe();
    ::unlink(place.address.sun_path);
    ::send(visitor.get(), ".", 1, MSG_NOSIGNAL);
    ::_exit(0);
  }
  key.wipe();
  ::unlink(place.address.sun_path);
  ::_exit(0);
}

Descriptor listen_at(const SocketPlace& place) {
  ::unlink(place.address.sun_path);  // of a holder that was killed; a living one was asked before
  Descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const mode_t before = ::umask(0177);
  const bool bound = ::bind(listening.get(), place.get(), sizeof place.address) == 0;
  ::umask(before);
  if (!bound || ::listen(listening.get(), 16) != 0) listening.reset();
  return listening;
}

// Away from the terminal and from whatever the parent had open (a lock held here would outlive its command).
void leave_the_parent(int kept_socket, int kept_directory) {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  for (int fd = 3; fd < 1024; ++fd)
    if (fd != kept_socket && fd != kept_directory) ::close(fd);
  for (const int signal : {SIGINT, SIGQUIT, SIGHUP, SIGTSTP}) std::signal(signal, SIG_IGN);
  static_cast<void>(::chdir("/") == 0);
}

}  // namespace

std::optional<Secret> ask_key_holder(const Home& home) {
  std::string answer = ask(home, kAsk, kDataKeyBytes);
  if (answer.size() != kDataKeyBytes) return std::nullopt;
  return Secret::take(std::move(answer));
}

bool start_key_holder(const Home& home, const Secret& data_key, std::chrono::seconds idle) {
  const SocketPlace place(home);
  Descriptor listening = listen_at(place);
  if (!place.directory.is_open() || !listening.is_open()) return false;
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child > 0) return true;  // the socket listens already: the first question waits in it
  leave_the_parent(listening.get(), place.directory.get());
  hold(std::move(listening), place, data_key.copy(), idle);
}

bool stop_key_holder(const Home& home) { return ask(home, kStop, 1) == "."; }

}  // namespace relance::client
