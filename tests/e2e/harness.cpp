#include "tests/e2e/harness.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>

namespace relance::e2e {
namespace {

using namespace std::chrono_literals;

constexpr auto kCommandPatience =
    120s;  // under sanitizers on two busy cores a command may take long, never this long

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw StoryEnded("no pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    shut(read_end);
    shut(write_end);
  }
  static void shut(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& one : strings) out.push_back(one.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> full_environment(const Environment& more) {
  std::vector<std::string> out;
  for (const char* kept : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
    if (const char* value = std::getenv(kept)) out.push_back(std::string(kept) + "=" + value);
  out.emplace_back("LC_ALL=C.UTF-8");
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

pid_t spawn(std::vector<std::string> command, const Environment& environment, int in, int out, int err) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  auto strings = full_environment(environment);
  pid_t pid = -1;
  const int rc = posix_spawnp(&pid, command.front().c_str(), &actions, nullptr, pointers(command).data(),
                              pointers(strings).data());
  posix_spawn_file_actions_destroy(&actions);
  if (rc != 0) throw StoryEnded("cannot run " + command.front() + ": " + std::strerror(rc));
  return pid;
}

int code_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) return fd;
  close(fd);
  return -1;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

boost::json::value Ran::json() const {
  boost::json::error_code error;
  auto value = boost::json::parse(out, error);
  return error ? boost::json::value(nullptr) : value;
}

std::string Ran::last_word() const {
  const std::size_t end = out.find_last_not_of(" \n");
  if (end == std::string::npos) return {};
  const std::size_t begin = out.find_last_of(" \n", end);
  return out.substr(begin == std::string::npos ? 0 : begin + 1,
                    end - (begin == std::string::npos ? std::size_t(-1) : begin));
}

std::string Ran::line(std::string_view starting) const {
  std::size_t at = 0;
  while (at < out.size()) {
    const std::size_t end = std::min(out.find('\n', at), out.size());
    if (out.compare(at, starting.size(), starting) == 0) return out.substr(at, end - at);
    at = end + 1;
  }
  return {};
}

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// Reads what the program says until it ends. At `due` the interruption is made, once.
Ran listen_to_end(pid_t pid, int out, int err, SteadyTime due, const Interruption& interruption) {
  Ran ran;
  const auto until = std::chrono::steady_clock::now() + kCommandPatience;
  std::array<pollfd, 2> ends{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  bool is_due = interruption != nullptr;
  int open = 2;
  while (open > 0) {
    const auto now = std::chrono::steady_clock::now();
    if (now > until) {
      ::kill(pid, SIGKILL);
      ran.err += "\n[killed: no end after two minutes]";
      break;
    }
    if (is_due && now >= due) {
      is_due = false;
      interruption(pid);
    }
    const auto wait = is_due ? std::min<std::chrono::nanoseconds>(due - now, 200ms) : 200ms;
    const timespec patience{.tv_sec = 0, .tv_nsec = std::chrono::nanoseconds(wait).count()};
    ppoll(ends.data(), ends.size(), &patience, nullptr);
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      std::array<char, 8192> buffer{};
      const ssize_t n = read(ends[i].fd, buffer.data(), buffer.size());
      if (n > 0) {
        (i == 0 ? ran.out : ran.err).append(buffer.data(), static_cast<std::size_t>(n));
      } else {
        ends[i].fd = -1;
        --open;
      }
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  ran.exit_code = code_of(status);
  return ran;
}

Ran run_with(const std::vector<std::string>& command, const Environment& environment, std::string_view input,
             std::chrono::microseconds after, const Interruption& interruption) {
  Pipe in, out, err;
  const pid_t pid = spawn(command, environment, in.read_end, out.write_end, err.write_end);
  const auto due = std::chrono::steady_clock::now() + after;
  Pipe::shut(in.read_end);
  Pipe::shut(out.write_end);
  Pipe::shut(err.write_end);
  if (!input.empty() && write(in.write_end, input.data(), input.size()) < 0)
    throw StoryEnded("the program reads no input");
  Pipe::shut(in.write_end);
  return listen_to_end(pid, out.read_end, err.read_end, due, interruption);
}

}  // namespace

Ran run(const std::vector<std::string>& command, const Environment& environment, std::string_view input) {
  return run_with(command, environment, input, {}, nullptr);
}

Ran run_interrupted(const std::vector<std::string>& command, const Environment& environment,
                    std::chrono::microseconds after, const Interruption& then) {
  return run_with(command, environment, {}, after, then);
}

Background::Background(const std::vector<std::string>& command, const Environment& environment,
                       const std::filesystem::path& log) {
  Pipe out;
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int errors = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(command, environment, null, out.write_end, errors);
  close(null);
  close(errors);
  std::swap(out_, out.read_end);
}

Background::~Background() {
  end(SIGKILL);
  if (out_ >= 0) close(out_);
}

std::string Background::wait_for_line(std::string_view starting, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (;;) {
    Ran so_far{.exit_code = 0, .out = seen_, .err = {}};
    const std::string found = so_far.line(starting);
    if (!found.empty() && seen_.find('\n', seen_.find(found)) != std::string::npos) return found;
    if (std::chrono::steady_clock::now() > until) return {};
    pollfd one{out_, POLLIN, 0};
    if (poll(&one, 1, 100) <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t n = read(out_, buffer.data(), buffer.size());
    if (n <= 0) return {};
    seen_.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

int Background::end(int signal) {
  if (pid_ <= 0) return 0;
  ::kill(pid_, signal);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return code_of(status);
}

bool Background::runs() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  pid_ = -1;
  return false;
}

std::filesystem::path program(std::string_view name) { return std::filesystem::path(RELANCE_BIN_DIR) / name; }

// ---- office ----------------------------------------------------------------------------------------------------

Ran OfficeProgram::operator()(std::vector<std::string> arguments) const {
  std::vector<std::string> command{program(name_).string(), "--data", data_.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Ran ran = run(command);
  // A backup that was never restored is a hope: each one is, on the spot. One that is sealed needs its key: its test
  // has it.
  const bool is_sealed = std::filesystem::exists(data_ / "backup.crt");
  if (ran.ok() && arguments.size() > 1 && arguments.front() == "backup" && !is_sealed)
    if (const Ran tried =
            run({program(name_).string(), "--data", data_.string(), "restore", arguments[1], "--test"});
        !tried.ok())
      return {.exit_code = 1, .out = {}, .err = "what `backup` made does not restore: " + tried.err};
  return ran;
}

boost::json::value OfficeProgram::json(std::vector<std::string> arguments) const {
  arguments.emplace_back("--json");
  const Ran ran = (*this)(arguments);
  if (!ran.ok())
    throw StoryEnded("relance-server " + arguments.front() + " failed (" + std::to_string(ran.exit_code) +
                     "): " + ran.err);
  return ran.json();
}

void OfficeProgram::start(const std::string& listen, const Environment& environment) {
  server_ =
      std::make_unique<Background>(std::vector<std::string>{program(name_).string(), "--data", data_.string(),
                                                            "serve", "--listen", listen},
                                   environment, data_.string() + ".log");
  const std::string ready = server_->wait_for_line("ready https://", 60);
  if (ready.empty()) throw StoryEnded("the server did not become ready; its log: " + data_.string() + ".log");
  port_ = std::stoi(ready.substr(ready.rfind(':') + 1));
}

int OfficeProgram::stop() { return server_ == nullptr ? 0 : server_->end(SIGTERM); }
void OfficeProgram::kill() {
  if (server_ != nullptr) server_->end(SIGKILL);
}
bool OfficeProgram::runs() { return server_ != nullptr && server_->runs(); }

std::string OfficeProgram::invite(const std::string& user, int port) {
  std::vector<std::string> arguments{"invite", user};
  if (port != 0) arguments.insert(arguments.end(), {"--at", "127.0.0.1:" + std::to_string(port)});
  const Ran ran = (*this)(arguments);
  if (!ran.ok()) throw StoryEnded("invite failed: " + ran.err);
  return ran.last_word();
}

// ---- agent -----------------------------------------------------------------------------------------------------

std::vector<std::string> AgentProgram::command(std::vector<std::string> arguments) const {
  std::vector<std::string> out{program(name_).string(), "--home", home_.string(), "--lang", language_};
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

Environment AgentProgram::environment() const { return {"RELANCE_PASSPHRASE=douze lettres au moins"}; }

Ran AgentProgram::operator()(std::vector<std::string> arguments, const Environment& more) const {
  Environment all = environment();
  all.insert(all.end(), more.begin(), more.end());
  return run(command(std::move(arguments)), all);
}

boost::json::value AgentProgram::json(std::vector<std::string> arguments) const {
  arguments.emplace_back("--json");
  const Ran ran = (*this)(arguments);
  if (!ran.ok())
    throw StoryEnded("relance " + arguments.front() + " failed (" + std::to_string(ran.exit_code) +
                     "): " + ran.err);
  return ran.json();
}

// ---- wire ------------------------------------------------------------------------------------------------------

Wire::Wire(int server_port) : target_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw StoryEnded("no port for the wire");
  port_ = ntohs(at.sin_port);
  accepting_ = std::thread([this] { accept_loop(); });
}

Wire::~Wire() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  close(listener_);
  accepting_.join();
  for (std::thread& carrier : carriers_) carrier.join();
}

void Wire::accept_loop() {
  while (!stopping_) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const std::lock_guard lock(mutex_);
    carriers_.emplace_back([this, client] { carry(client); });
  }
}

bool Wire::wait_caught(int before, int seconds) const {
  for (int i = 0; i < seconds * 50; ++i) {
    if (caught_ > before) return true;
    std::this_thread::sleep_for(20ms);
  }
  return false;
}

void Wire::carry(int client) {
  const int server = connect_to(target_);
  std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
  bool last_from_server = false;
  int server_bursts = 0;
  bool held = false;
  while (!stopping_ && server >= 0) {
    poll(ends.data(), ends.size(), 100);
    bool over = false;
    for (std::size_t i = 0; i < 2; ++i) {
      if ((ends[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
      std::array<char, 65536> buffer{};
      const ssize_t n = recv(ends[i].fd, buffer.data(), buffer.size(), 0);
      if (n <= 0) {
        over = true;
        break;
      }
      const bool from_server = i == 1;
      if (from_server && !last_from_server) ++server_bursts;
      last_from_server = from_server;
      if (from_server && server_bursts > 1 && mode_ != Mode::pass) {
        if (!held) ++caught_;
        held = true;
        if (mode_ == Mode::lose_answers) {
          over = true;
          break;
        }
        continue;  // held: swallowed until somebody dies
      }
      if (!send_all(ends[1 - i].fd, buffer.data(), static_cast<std::size_t>(n))) {
        over = true;
        break;
      }
    }
    if (over) break;
  }
  close(client);
  if (server >= 0) close(server);
}

}  // namespace relance::e2e
