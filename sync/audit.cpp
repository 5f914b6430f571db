#include "sync/audit.h"

#include <algorithm>
#include <array>

namespace relance::sync {
namespace {

constexpr std::string_view kRestore = "restore ";
constexpr std::string_view kRekey = "audit.key ";
constexpr std::size_t kIdText = 36;
constexpr std::size_t kKeyText = 64;
constexpr std::array<std::string_view, 3> kFates{"held", "lost", "rewritten"};

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
}

}  // namespace

std::string signed_text(const AuditHead& head) {
  std::string out = "relance audit head 1\n" + head.epoch.text() + "\n" + std::to_string(head.seq) + "\n";
  append_hex(out, head.hash);
  return out + "\n" + std::to_string(head.signed_at) + "\n";
}

std::string restore_action(const Id& from, const Id& to) {
  return std::string(kRestore) + from.text() + " " + to.text();
}

std::optional<std::pair<Id, Id>> epochs_of_restore(std::string_view action) {
  if (!action.starts_with(kRestore) || action.size() != kRestore.size() + 2 * kIdText + 1)
    return std::nullopt;
  action.remove_prefix(kRestore.size());
  const auto from = Id::parse(action.substr(0, kIdText)), to = Id::parse(action.substr(kIdText + 1));
  if (!from || !to) return std::nullopt;
  return std::pair{*from, *to};
}

std::string rekey_action(std::string_view old_key, std::string_view new_key) {
  std::string out(kRekey);
  append_hex(out, old_key);
  out += ' ';
  append_hex(out, new_key);
  return out;
}

std::optional<std::string> replaced_key(std::string_view action) {
  if (!action.starts_with(kRekey) || action.size() != kRekey.size() + 2 * kKeyText + 1) return std::nullopt;
  return std::string(action.substr(kRekey.size(), kKeyText));
}

std::string_view name_of(HeadFate fate) { return kFates[static_cast<std::size_t>(fate)]; }

HeadFate fate_of(const AuditHead& held, const std::optional<std::string>& there, const Id& now,
                 std::span<const EpochSpan> epochs) {
  if (there == held.hash) return HeadFate::held;
  if (held.epoch == now) return HeadFate::rewritten;
  const auto of = std::find_if(epochs.begin(), epochs.end(),
                               [&](const EpochSpan& span) { return span.epoch == held.epoch; });
  // A past that this office's log never had: another backup was put back after that one.
  if (of == epochs.end()) return HeadFate::lost;
  const auto next = of + 1;
  return next != epochs.end() && held.seq >= next->first ? HeadFate::lost : HeadFate::rewritten;
}

}  // namespace relance::sync
