#include "tests/disk/campaign.h"

#include <algorithm>

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/lookup.h"

namespace relance::disktest {
namespace {

using test::SeededRandom;

// What is left of the unsynced is a matter of chance in some losses: those are drawn more than once.
constexpr std::array kImages{Disk::Loss::none,     Disk::Loss::all,    Disk::Loss::prefix,
                             Disk::Loss::subset,   Disk::Loss::subset, Disk::Loss::torn_512,
                             Disk::Loss::torn_4096};
constexpr int kTriesMax = 4;  // of a step that failed: a fault is there once, and its machine comes back

std::uint64_t mix(std::uint64_t seed, std::string_view text, std::uint64_t number) {
  std::uint64_t hash = seed * 0x9e3779b97f4a7c15ULL + number;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

// One story on one machine: the beginning is made once and every trial starts from it.
class Telling {
 public:
  Telling(const Plan& plan, const Story& story, std::string machine, Figures& figures)
      : plan_(plan),
        story_(story),
        machine_(std::move(machine)),
        figures_(figures),
        scene_({.devices = story.devices,
                .keyed = plan.keyed,
                .page_bytes = story.page_bytes,
                .careless = plan.careless,
                .seed = plan.seed}) {
    scene_.build();
    start_ = scene_.save();
  }

  void run() {
    try {
      if (wants(Trial::crash)) {
        listen(false);
        each(Trial::crash, log_.size(), [&](std::uint64_t k) { crash_at(k); });
      }
      listen(true);
    } catch (const std::exception& broken) {
      // nothing to break it yet: the story itself is wrong, or the product
      return report("no fault", 0, broken.what());
    }
    if (wants(Trial::io_error)) each(Trial::io_error, log_.size(), [&](std::uint64_t k) { fail_at(k); });
    if (wants(Trial::full)) each(Trial::full, log_.size(), [&](std::uint64_t k) { fill_at(k); });
    if (wants(Trial::read_flip) && plan_.keyed)
      each(Trial::read_flip, reads_, [&](std::uint64_t k) { flip_at(k); });
  }

 private:
  [[nodiscard]] bool wants(Trial trial) const { return !plan_.trial || *plan_.trial == trial; }

  void each(Trial trial, std::uint64_t points, const std::function<void(std::uint64_t)>& try_at) {
    // where only some are tried, another some with another seed
    const std::uint64_t first = mix(plan_.seed, story_.name, points) % plan_.every;
    for (std::uint64_t k = 1; k <= points; ++k) {
      if (plan_.point ? *plan_.point != k : k % plan_.every != first) continue;
      try {
        try_at(k);
      } catch (const std::exception& broken) {
        report(word_of(trial), k, broken.what());
      }
    }
  }

  void report(std::string_view trial, std::uint64_t point, const std::string& what) {
    figures_.violations.push_back(std::string(story_.name) + ", machine " + machine_ + ", " +
                                  std::string(trial) + " at " + std::to_string(point) + ": " + what +
                                  "\n    ./relance-dev disk --story " + std::string(story_.name) +
                                  " --machine " + machine_ + " --trial " + std::string(trial) + " --point " +
                                  std::to_string(point) + " --seed " + std::to_string(plan_.seed) +
                                  (plan_.keyed ? " --keyed" : "") + (plan_.careless ? " --careless" : ""));
  }

  // A crash ends every process, so one connection is enough; where the machine lives on, the server has to as well.
  void begin(bool queued = false) {
    scene_.restore_saved(start_, plan_.seed);
    scene_.set_queued(queued);
  }

  // Tells the story without a fault and keeps its operations, which are the points of what follows.
  void listen(bool queued) {
    begin(queued);
    scene_.disk().keep_log(machine_);
    tell(0);
    scene_.close_all();
    log_ = scene_.disk().log(machine_);
    reads_ = scene_.disk().reads(machine_);
    finish(story_.steps.size());
  }

  // Tells the story from a step on; the number of steps that came to their end.
  void tell(std::size_t from) {
    for (step_ = from; step_ < story_.steps.size(); ++step_) story_.steps[step_](scene_);
  }

  void finish(std::size_t from) {
    tell(from);
    scene_.settle();
    scene_.check_end();
    story_.end(scene_);
  }

  // ---- crashes ----
  void crash_at(std::uint64_t k) {
    begin();
    scene_.disk().fail_at(machine_, k, k % 3 == 0 ? Disk::Fault::short_death : Disk::Fault::death);
    try {
      tell(0);
      scene_.close_all();  // also what happens at the very end can be cut short
    } catch (const Failure& failure) {
      require(scene_.disk().is_dead(machine_), "a failure without a fault: " + failure.message());
    }
    ++figures_.crash_points;
    const Scene::Saved died = scene_.save();
    const std::size_t step = step_;
    for (std::size_t i = 0; i < kImages.size(); ++i) {
      SeededRandom random(mix(plan_.seed + i, machine_, k));
      scene_.restore_saved(died, plan_.seed + 1 + i);
      try {
        scene_.crash(machine_, kImages[i], random);
        scene_.check_promises(machine_);
        if (kImages[i] == Disk::Loss::none) {
          // what was found after the process died is shown to people: a power cut may no longer take it
          scene_.crash(machine_, Disk::Loss::all, random);
          scene_.check_promises(machine_);
        }
        finish(step);
      } catch (const std::exception& broken) {
        report(word_of(Trial::crash), k,
               "loss " + std::string(test::word_of(kImages[i])) + ": " + broken.what());
      }
      ++figures_.images;
      ++figures_.images_by_story[std::string(story_.name)];
      ++figures_.images_by_loss[std::string(test::word_of(kImages[i]))];
    }
  }

  // ---- faults that a machine survives ----
  // Each step is tried until it works, as people and `sync` do: the program that met the failure has ended, the
  // server goes on. Right after the step that met it the power goes, so that whatever the failed operation left
  // in memory only is seen to be missing. The number of failures that somebody heard of.
  std::uint64_t tell_stubbornly() {
    std::uint64_t heard = 0;
    for (step_ = 0; step_ < story_.steps.size(); ++step_) {
      bool failed = false;
      for (int tries = 1;; ++tries) {
        try {
          story_.steps[step_](scene_);
          break;
        } catch (const Failure&) {
          ++heard;
          failed = true;
          if (tries == kTriesMax) throw;
          scene_.disk().heal(machine_);
          for (const std::string& device : scene_.devices()) scene_.close_device(device);
        }
      }
      if (!failed) continue;
      SeededRandom random(mix(plan_.seed, machine_, step_));
      scene_.crash(machine_, Disk::Loss::all, random);
      scene_.check_promises(machine_);
    }
    return heard;
  }

  void survive(std::uint64_t& points, std::uint64_t& seen) {
    const std::uint64_t heard = tell_stubbornly();
    scene_.disk().heal(machine_);
    SeededRandom random(mix(plan_.seed, machine_, points));
    scene_.crash(machine_, Disk::Loss::all, random);
    scene_.check_promises(machine_);
    finish(story_.steps.size());
    ++points;
    seen += heard > 0 ? 1 : 0;
  }

  void fail_at(std::uint64_t k) {
    begin(true);
    scene_.disk().fail_at(machine_, k, Disk::Fault::io_error);
    survive(figures_.io_error_points, figures_.io_errors_seen);
  }

  void fill_at(std::uint64_t k) {
    const std::uint64_t before = k < 2 ? 0 : log_[static_cast<std::size_t>(k) - 2].grown;
    const std::uint64_t grows = log_[static_cast<std::size_t>(k) - 1].grown - before;
    if (grows == 0) return;  // this operation needs no room
    begin(true);
    SeededRandom random(mix(plan_.seed, story_.name, k));
    scene_.disk().set_room(machine_, before + random.below(static_cast<std::size_t>(grows)));
    survive(figures_.full_points, figures_.full_seen);
  }

  void flip_at(std::uint64_t k) {
    begin(true);
    scene_.disk().fail_read_at(machine_, k, Disk::ReadFault::flipped_bit);
    try {
      survive(figures_.flips, figures_.flips_noticed);
    } catch (const Failure& failure) {
      // A checkpoint copies pages from the WAL without looking at them: a bit that flips there spoils the file. It
      // is said at the next look, and nothing is read as a value.
      if (failure.code() != Code::corrupt && failure.code() != Code::wrong_key &&
          failure.code() != Code::bad_file)
        throw;
      ++figures_.flips;
      ++figures_.flips_noticed;
      ++figures_.flips_spoiling;
    }
  }

  const Plan& plan_;
  const Story& story_;
  const std::string machine_;
  Figures& figures_;
  Scene scene_;
  Scene::Saved start_;
  std::vector<Disk::Operation> log_;
  std::uint64_t reads_ = 0;
  std::size_t step_ = 0;
};

// Everything a database holds, as text.
std::string contents(sql::Connection& db) {
  std::string out;
  std::vector<std::string> tables;
  {
    sql::Query q(db, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
    while (q.next()) tables.push_back(q.text(0));
  }
  for (const std::string& table : tables) {
    sql::Query q(db, "SELECT * FROM " + table);
    while (q.next())
      for (int c = 0; c < q.column_count(); ++c) sync::append_canonical(out, q.value(c));
  }
  return out;
}

}  // namespace

std::string_view word_of(Trial trial) {
  switch (trial) {
    case Trial::crash: return "crash";
    case Trial::io_error: return "io_error";
    case Trial::full: return "full";
    case Trial::read_flip: return "read_flip";
  }
  RELANCE_ASSERT(false);
}

void run(const Plan& plan, Figures& figures) {
  for (const Story& story : stories()) {
    if (!plan.story.empty() && plan.story != story.name) continue;
    for (const std::string& machine : story.machines)
      if (plan.machine.empty() || plan.machine == machine) Telling(plan, story, machine, figures).run();
  }
}

void flip_stored_bits(const Plan& plan, Figures& figures) {
  Scene scene({.keyed = true, .seed = plan.seed});
  scene.build();
  const std::string key(32, 'k');
  const auto read = [&](const Disk::Path& file) -> std::optional<std::string> {
    try {
      return contents(*sql::open_sqlite(file, {.key = key, .vfs = scene.disk().name()}));
    } catch (const Failure&) {
      return std::nullopt;
    }
  };
  const Scene::Saved start = scene.save();
  for (const char* name : {"a/replica.db", "office/office.db"}) {
    const Disk::Path file = name;
    const auto right = read(file);
    require(right.has_value(), "a keyed file cannot be read");
    const std::size_t size = scene.disk().read(file).size();
    SeededRandom random(plan.seed);
    // a bit of every 64 bytes, each time another
    for (std::size_t at = random.below(64 * plan.every); at < size; at += 64 * plan.every) {
      scene.restore_saved(start, plan.seed);
      const std::size_t byte = std::min(at + random.below(64), size - 1);
      scene.disk().flip_bit(file, byte, static_cast<int>(random.below(8)));
      const auto found = read(file);
      ++figures.stored_flips;
      figures.stored_flips_noticed += found ? 0 : 1;
      if (found && *found != *right)
        figures.violations.push_back(file.string() + ": a flipped bit at byte " + std::to_string(byte) +
                                     " was read as a value");
    }
  }
}

}  // namespace relance::disktest
