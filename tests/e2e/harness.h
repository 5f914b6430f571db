// Real programs, real TLS, real files: runs relance and relance-server as a person or a script would, and
// stands between them with a wire that can lose an answer. Used by the end-to-end tests and by the demo;
// knows nothing of Catch.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace relance::e2e {

struct Ran {
  int exit_code = -1;  // 128 + signal when one ended it
  std::string out, err;
  [[nodiscard]] bool ok() const { return exit_code == 0; }
  [[nodiscard]] boost::json::value json() const;                    // of `out`; null when it is none
  [[nodiscard]] std::string last_word() const;                      // of `out`
  [[nodiscard]] std::string line(std::string_view starting) const;  // first line of out that begins so
};

using Environment = std::vector<std::string>;  // NAME=value

/// Runs a program to its end. It gets a clean environment: PATH, HOME, LC_ALL=C.UTF-8 and what is given.
[[nodiscard]] Ran run(const std::vector<std::string>& command, const Environment& environment = {},
                      std::string_view input = {});

/// The same, and `then` is called `after` its start unless it has ended by then: it gets the process's id.
using Interruption = std::function<void(pid_t)>;
[[nodiscard]] Ran run_interrupted(const std::vector<std::string>& command, const Environment& environment,
                                  std::chrono::microseconds after, const Interruption& then);

/// A program in the background; killed with the object.
class Background {
 public:
  Background(const std::vector<std::string>& command, const Environment& environment,
             const std::filesystem::path& log);
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background();
  /// Waits for a line on stdout that begins so; the line, or nothing after `seconds` or when the program ended.
  [[nodiscard]] std::string wait_for_line(std::string_view starting, int seconds);
  /// Sends a signal and waits for the end; the exit code as in Ran.
  int end(int signal);
  [[nodiscard]] bool runs();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string seen_;
};

[[nodiscard]] std::filesystem::path program(
    std::string_view name);  // build/…/relance, build/…/relance-server

/// The office, through its commands.
class OfficeProgram {
 public:
  explicit OfficeProgram(std::filesystem::path data, std::string name = "relance-server")
      : data_(std::move(data)), name_(std::move(name)) {}
  /// `relance-server --data DIR …`
  [[nodiscard]] Ran operator()(std::vector<std::string> arguments) const;
  /// The same with --json, as its document. Ends the story with a sentence if the command fails.
  [[nodiscard]] boost::json::value json(std::vector<std::string> arguments) const;
  void start(const std::string& listen = "127.0.0.1:0", const Environment& environment = {});
  int stop();   // SIGTERM
  void kill();  // SIGKILL
  [[nodiscard]] bool runs();
  [[nodiscard]] pid_t pid() const { return server_ ? server_->pid() : -1; }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] const std::filesystem::path& data() const { return data_; }
  std::string invite(const std::string& user, int port = 0);

 private:
  std::filesystem::path data_;
  std::string name_;  // of the program
  std::unique_ptr<Background> server_;
  int port_ = 0;
};

/// An agent's machine, through his commands.
class AgentProgram {
 public:
  AgentProgram(std::filesystem::path home, std::string language = "en", std::string name = "relance")
      : home_(std::move(home)), language_(std::move(language)), name_(std::move(name)) {}
  [[nodiscard]] Ran operator()(std::vector<std::string> arguments, const Environment& more = {}) const;
  [[nodiscard]] boost::json::value json(std::vector<std::string> arguments) const;
  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> arguments) const;
  [[nodiscard]] Environment environment() const;
  [[nodiscard]] const std::filesystem::path& home() const { return home_; }

 private:
  std::filesystem::path home_;
  std::string language_;
  std::string name_;  // of the program
};

/// A wire between a device and the server: passes bytes, and can hold or lose the first answer after the handshake.
/// TLS 1.3 without tickets: the server's first burst is the handshake, its second is an answer.
class Wire {
 public:
  enum class Mode { pass, lose_answers, hold_answers };
  explicit Wire(int server_port);
  ~Wire();
  [[nodiscard]] int port() const { return port_; }
  void set(Mode mode) { mode_ = mode; }
  void redirect(int server_port) { target_ = server_port; }
  /// Answers that were held or lost so far.
  [[nodiscard]] int caught() const { return caught_; }
  /// Waits until another answer was caught; false after `seconds`.
  bool wait_caught(int before, int seconds) const;

 private:
  void accept_loop();
  void carry(int client);
  std::atomic<int> target_;
  std::atomic<Mode> mode_{Mode::pass};
  std::atomic<int> caught_{0};
  std::atomic<bool> stopping_{false};
  int listener_ = -1;
  int port_ = 0;
  std::thread accepting_;
  std::mutex mutex_;
  std::vector<std::thread> carriers_;
};

/// What the story could not go on after: a command that failed, with its words.
class StoryEnded : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace relance::e2e
