// Measuring: a figure beside its floor, wall and processor time, medians. A figure never fails the run: a missed goal
// is printed, with its ratio, and explained in docs/benchmarks.md.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace relance::bench {

/// One row of the table. `ratio` = value / floor; where the goal is a plain limit, `floor` is that limit and `goal` 1.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  double floor = 0;
  double goal = 1;

  [[nodiscard]] double ratio() const;
  [[nodiscard]] bool is_met() const { return ratio() <= goal; }
};

class Report {
 public:
  /// `only`: take the groups whose name contains it; empty takes all.
  explicit Report(std::string only) : only_(std::move(only)) {}

  [[nodiscard]] bool wants(std::string_view group) const;
  void compare(std::string name, std::string unit, double value, double floor, double goal);
  void limit(std::string name, std::string unit, double value, double limit);

  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string markdown() const;
  [[nodiscard]] std::string json() const;

 private:
  void add(Figure figure);

  std::string only_;
  std::vector<Figure> figures_;
};

/// Says on stderr what is being done.
void say(const std::string& what);

[[nodiscard]] double wall_ms();
/// Processor time of every thread of a process, in milliseconds; 0 is this process.
[[nodiscard]] double cpu_ms(pid_t process = 0);
/// Bytes of memory that a process holds now, as the kernel says (VmRSS).
[[nodiscard]] double resident_bytes(pid_t process);
/// The most that this process has held since forget_peak().
[[nodiscard]] double peak_bytes();
void forget_peak();

[[nodiscard]] double median(std::vector<double> samples);

/// Wall time of one run.
[[nodiscard]] double timed_ms(const std::function<void()>& work);

}  // namespace relance::bench
