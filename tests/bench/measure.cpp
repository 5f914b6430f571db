#include "tests/bench/measure.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "host/failure.h"

namespace relance::bench {
namespace {

double ms_of(const timespec& t) {
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

double read_clock(clockid_t clock) {
  timespec now{};
  RELANCE_ASSERT(clock_gettime(clock, &now) == 0);
  return ms_of(now);
}

double status_bytes(const std::string& process, std::string_view member) {
  std::ifstream status("/proc/" + process + "/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with(member)) return std::stod(line.substr(member.size())) * 1024;
  return 0;
}

std::string number(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 3 : value < 1000 ? 1 : 0);
}

}  // namespace

double Figure::ratio() const { return floor > 0 ? value / floor : 0; }

bool Report::wants(std::string_view group) const {
  return only_.empty() || group.find(only_) != std::string_view::npos;
}

void Report::add(Figure figure) {
  say(fmt::format("  {}: {} {} (floor {}, ratio {:.2f}, goal {:.2f})", figure.name, number(figure.value),
                  figure.unit, number(figure.floor), figure.ratio(), figure.goal));
  figures_.push_back(std::move(figure));
}

void Report::compare(std::string name, std::string unit, double value, double floor, double goal) {
  add({.name = std::move(name), .value = value, .unit = std::move(unit), .floor = floor, .goal = goal});
}

void Report::limit(std::string name, std::string unit, double value, double limit) {
  compare(std::move(name), std::move(unit), value, limit, 1);
}

std::string Report::table() const {
  std::string out = fmt::format("{:<34} {:>10} {:<4} {:>10} {:>7} {:>6}  {}\n", "figure", "value", "unit",
                                "floor", "ratio", "goal", "met");
  for (const Figure& f : figures_)
    out += fmt::format("{:<34} {:>10} {:<4} {:>10} {:>7.2f} {:>6.2f}  {}\n", f.name, number(f.value), f.unit,
                       number(f.floor), f.ratio(), f.goal, f.is_met() ? "yes" : "NO");
  return out;
}

std::string Report::markdown() const {
  std::string out =
      "| figure | value | unit | floor or limit | ratio | goal | met |\n|---|---:|---|---:|---:|---:|---|\n";
  for (const Figure& f : figures_)
    out += fmt::format("| {} | {} | {} | {} | {:.2f} | {:.2f} | {} |\n", f.name, number(f.value), f.unit,
                       number(f.floor), f.ratio(), f.goal, f.is_met() ? "yes" : "**no**");
  return out;
}

std::string Report::json() const {
  std::string out = "{\"figures\":[";
  for (const Figure& f : figures_)
    out += fmt::format(
        "{}{{\"name\":\"{}\",\"value\":{:.6f},\"unit\":\"{}\",\"floor\":{:.6f},\"ratio\":{:.4f},\"goal\":{:."
        "4f},\"met\":{}}}",
        out.back() == '[' ? "" : ",", f.name, f.value, f.unit, f.floor, f.ratio(), f.goal,
        f.is_met() ? "true" : "false");
  return out + "]}";
}

void say(const std::string& what) { fmt::print(stderr, "{}\n", what); }

double wall_ms() { return read_clock(CLOCK_MONOTONIC); }

double cpu_ms(pid_t process) {
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  if (process != 0 && clock_getcpuclockid(process, &clock) != 0) return 0;
  return read_clock(clock);
}

double resident_bytes(pid_t process) { return status_bytes(std::to_string(process), "VmRSS:"); }

double peak_bytes() { return status_bytes("self", "VmHWM:"); }

void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

double median(std::vector<double> samples) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const std::size_t middle = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
}

double timed_ms(const std::function<void()>& work) {
  const double start = wall_ms();
  work();
  return wall_ms() - start;
}

}  // namespace relance::bench
