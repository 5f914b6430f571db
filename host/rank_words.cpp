// The words of the ranks. See rank_words.h.
#include "host/rank_words.h"

#include <array>

#include "host/value_text.h"

namespace relance {
namespace {

// What is said of days to come, of today, and of days that are over.
struct Words {
  std::string_view reason;
  Text later, today, over;
};

constexpr std::array kWords{
    Words{"limitation", Text::rank_limitation, Text::rank_limitation_today, Text::rank_limitation_today},
    Words{"legal", Text::rank_legal, Text::rank_legal_today, Text::rank_legal_over},
    Words{"broken_promise", Text::rank_broken, Text::rank_broken, Text::rank_broken},
    Words{"call_back", Text::rank_call_back_today, Text::rank_call_back_today, Text::rank_call_back_late},
    Words{"answer_due", Text::rank_answer, Text::rank_answer_today, Text::rank_answer_late},
    Words{"promise_due", Text::rank_promise_today, Text::rank_promise_today, Text::rank_promise_over},
    Words{"missed_instalment", Text::rank_instalment, Text::rank_instalment, Text::rank_instalment},
    Words{"task_due", Text::rank_task_today, Text::rank_task_today, Text::rank_task_late},
    Words{"pre_due", Text::rank_pre_due, Text::rank_pre_due, Text::rank_pre_due},
    Words{"due_later", Text::due_in, Text::due_today, Text::due_today},
    Words{"undated", Text::nothing_due, Text::nothing_due, Text::nothing_due},
    Words{"waiting", Text::rank_waiting, Text::rank_waiting, Text::rank_waiting},
    Words{"nothing_owed", Text::nothing_asked, Text::nothing_asked, Text::nothing_asked},
    Words{"stopped", Text::rank_stopped, Text::rank_stopped, Text::rank_stopped},
    Words{"closed", Text::case_closed, Text::case_closed, Text::case_closed},
};

}  // namespace

std::string rank_words(Lang lang, const RankWords& rank) {
  const std::int64_t distance = rank.days < 0 ? -rank.days : rank.days;
  if (rank.reason == "past_due")
    return phrase(lang, Text::rank_past_due, {distance, cents_text(rank.expected_cents)});
  for (const Words& words : kWords)
    if (words.reason == rank.reason)
      return phrase(lang,
                    rank.days > 0    ? words.later
                    : rank.days == 0 ? words.today
                                     : words.over,
                    {distance});
  return std::string(rank.reason);
}

}  // namespace relance
