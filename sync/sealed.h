// What is inside of what a device seals to the office: both sides write and read it here. Pure text; sealing itself
// is host/sealing.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/value.h"

namespace relance::sync {

/// The data key as it is sealed: bound to its device, so that none can be put in the place of another's.
[[nodiscard]] std::string sealed_key_text(const Id& device, std::string_view data_key);
/// The key in it, if it is this device's.
[[nodiscard]] std::optional<std::string_view> data_key_in(std::string_view text, const Id& device);

/// Why a replica is gone.
enum class Gone { expired, wiped };
[[nodiscard]] std::string_view name_of(Gone why);

/// What a device says as its last word: that its replica is gone, and what had not been sent.
/// `rescue_body`: as for /v1/rescue (an object).
[[nodiscard]] std::string last_statement(const Id& device, Gone why, Ms at, std::string_view rescue_body);

/// The statement with what proves whose it is.
struct SignedStatement {
  std::string statement, certificate_pem, signature;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<SignedStatement> parse(std::string_view text);
};

struct StatementHead {
  Id device;
  Gone why = Gone::expired;
};
/// Nothing if it is no statement.
[[nodiscard]] std::optional<StatementHead> head_of_statement(std::string_view statement);

}  // namespace relance::sync
