// The agent's program as the agent has it: its memory while 5,000 cases arrive, its size, and how long `status` takes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "host/openssl.h"
#include "tests/bench/figures.h"

namespace relance::bench {
namespace {

constexpr int kCases = 5'000;
constexpr double kMiB = 1024.0 * 1024.0;
constexpr const char* kPassphrase = "RELANCE_PASSPHRASE=une phrase assez longue pour le banc";
// The derivation's 128 MiB, less what a first sample may have missed of them.
constexpr double kDerivationBytes = 100 * kMiB;

// The most memory that the program held after its key derivation. The derivation shows as the first stretch of samples
// above its own size; a program that never showed one is taken from its start.
double peak_after_derivation(const std::vector<double>& samples) {
  auto from =
      std::find_if(samples.begin(), samples.end(), [](double bytes) { return bytes > kDerivationBytes; });
  from = std::find_if(from, samples.end(), [](double bytes) { return bytes <= kDerivationBytes; });
  if (from == samples.end()) from = samples.begin();
  return *std::max_element(from, samples.end());
}

double bootstrap_peak(const std::string& program, const std::filesystem::path& home,
                      const std::string& code) {
  Child child({"--home", home.string(), "enrol", code}, {kPassphrase}, program);
  std::vector<double> samples{0};
  while (!child.ended()) {
    samples.push_back(resident_bytes(child.pid()));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (*child.ended() != 0) say("  relance enrol failed: the figures of the client cannot be right");
  return peak_after_derivation(samples);
}

struct Cost {
  double wall_ms = 0, cpu_ms = 0;
};

Cost command_cost(const std::string& program, const std::filesystem::path& home,
                  const std::vector<std::string>& command) {
  std::vector<std::string> arguments{"--home", home.string()};
  arguments.insert(arguments.end(), command.begin(), command.end());
  Cost out;
  out.wall_ms = timed_ms([&] {
    Child child(arguments, {kPassphrase}, program);
    while (!child.line().empty()) {
    }
    while (!child.ended()) std::this_thread::sleep_for(std::chrono::microseconds(100));
    out.cpu_ms = child.cpu_ms();
  });
  return out;
}

// What a cold process takes beyond the derivation of its key.
Cost beyond_key(const std::string& program, const std::filesystem::path& home,
                const std::vector<std::string>& command) {
  std::vector<double> whole, derivation, whole_cpu, derivation_cpu;
  for (int run = 0; run < 7; ++run) {
    const double cpu = cpu_ms();
    derivation.push_back(timed_ms([] {
      static_cast<void>(scrypt("une phrase assez longue pour le banc", "sel du banc de relance", {}));
    }));
    derivation_cpu.push_back(cpu_ms() - cpu);
    const Cost cost = command_cost(program, home, command);
    whole.push_back(cost.wall_ms);
    whole_cpu.push_back(cost.cpu_ms);
  }
  return {.wall_ms = std::max(0.0, median(whole) - median(derivation)),
          .cpu_ms = std::max(0.0, median(whole_cpu) - median(derivation_cpu))};
}

// Wall time, which is what the agent waits for; and processor time, which is that of a machine that does nothing else.
void compare_command(Report& report, const std::string& name, const Cost& cost, double limit_ms) {
  report.limit(name, "ms", cost.wall_ms, limit_ms);
  report.limit(name + "_cpu", "ms", cost.cpu_ms, limit_ms);
}

double stripped_bytes(const std::string& program, const std::filesystem::path& to) {
  if (std::system(fmt::format("strip -o '{}' '{}'", to.string(), program).c_str()) != 0) return 0;
  return static_cast<double>(std::filesystem::file_size(to));
}

}  // namespace

void measure_client(Report& report, const std::filesystem::path& directory) {
  const std::string program = std::string(RELANCE_BIN_DIR) + "/relance";
  if (!std::filesystem::exists(program)) return say("  skipped: " + program + " is not built");
  BenchOffice office(directory / "large", {kCases}, 11);
  const ServerProcess server(office);
  const auto home = directory / "home";
  const double peak =
      bootstrap_peak(program, home, office.invite(office.agent(0).staff_id, server.endpoint().port));
  report.limit("client_bootstrap_5000_rss", "MiB", peak / kMiB, 64);
  report.limit("client_stripped", "MB", stripped_bytes(program, directory / "relance.stripped") / 1e6, 8);
  compare_command(report, "client_status_5000", beyond_key(program, home, {"status"}), 60);
  compare_command(report, "client_worklist_5000", beyond_key(program, home, {"cases"}), 150);
  compare_command(report, "client_search_5000", beyond_key(program, home, {"cases", "--search", "0042"}),
                  100);
}

}  // namespace relance::bench
