#include "server/reference_data.h"

#include <array>

#include "server/default_letters.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/retention.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

// Sources: Banque de France's notices and the decrees that fix the legal rate; the European Central Bank's refinancing
// rate on the first day of each half-year, with the ten points of C. com. L441-10 II. Beyond the last row nothing is
// computed: the office enters the next half-year when it is published.
constexpr std::string_view kLegal = "CMF L313-2, arrêté semestriel";
constexpr std::string_view kTrade = "C. com. L441-10 II: BCE + 10 points";

constexpr std::string_view kOlder = "de mémoire, à vérifier avant usage";

constexpr std::array kRates{
    DefaultRate{"legal_individual", "2021-01-01", "2021-06-30", 314, kOlder},
    DefaultRate{"legal_individual", "2021-07-01", "2021-12-31", 312, kOlder},
    DefaultRate{"legal_individual", "2022-01-01", "2022-06-30", 313, kOlder},
    DefaultRate{"legal_individual", "2022-07-01", "2022-12-31", 315, kOlder},
    DefaultRate{"legal_individual", "2023-01-01", "2023-06-30", 447, kOlder},
    DefaultRate{"legal_individual", "2023-07-01", "2023-12-31", 682, kOlder},
    DefaultRate{"legal_other", "2021-01-01", "2021-06-30", 79, kOlder},
    DefaultRate{"legal_other", "2021-07-01", "2021-12-31", 76, kOlder},
    DefaultRate{"legal_other", "2022-01-01", "2022-06-30", 76, kOlder},
    DefaultRate{"legal_other", "2022-07-01", "2022-12-31", 77, kOlder},
    DefaultRate{"legal_other", "2023-01-01", "2023-06-30", 206, kOlder},
    DefaultRate{"legal_other", "2023-07-01", "2023-12-31", 422, kOlder},
    DefaultRate{"trade_default", "2021-01-01", "2022-12-31", 1000, kOlder},
    DefaultRate{"trade_default", "2023-01-01", "2023-06-30", 1250, kOlder},
    DefaultRate{"trade_default", "2023-07-01", "2023-12-31", 1400, kOlder},
    DefaultRate{"legal_individual", "2024-01-01", "2024-06-30", 801, kLegal},
    DefaultRate{"legal_individual", "2024-07-01", "2024-12-31", 816, kLegal},
    DefaultRate{"legal_individual", "2025-01-01", "2025-06-30", 721, kLegal, true},
    DefaultRate{"legal_individual", "2025-07-01", "2025-12-31", 665, kLegal},
    DefaultRate{"legal_individual", "2026-01-01", "2026-06-30", 667, kLegal, true},
    DefaultRate{"legal_other", "2024-01-01", "2024-06-30", 507, kLegal},
    DefaultRate{"legal_other", "2024-07-01", "2024-12-31", 492, kLegal},
    DefaultRate{"legal_other", "2025-01-01", "2025-06-30", 371, kLegal, true},
    DefaultRate{"legal_other", "2025-07-01", "2025-12-31", 276, kLegal},
    DefaultRate{"legal_other", "2026-01-01", "2026-06-30", 262, "arrêté du 15 décembre 2025", true},
    DefaultRate{"trade_default", "2024-01-01", "2024-06-30", 1450, kTrade},
    DefaultRate{"trade_default", "2024-07-01", "2024-12-31", 1425, kTrade, true},
    DefaultRate{"trade_default", "2025-01-01", "2025-06-30", 1315, kTrade, true},
    DefaultRate{"trade_default", "2025-07-01", "2025-12-31", 1215, kTrade},
    DefaultRate{"trade_default", "2026-01-01", "2026-06-30", 1215, kTrade},
};

// A rule without a known beginning holds from a day before any claim that can still be asked for.
constexpr std::string_view kAlways = "1990-01-01";

constexpr std::array kRules{
    // limitation, in months
    DefaultRule{"limitation_trade_months", kAlways, 60, "C. com. L110-4 I"},
    DefaultRule{"limitation_civil_months", kAlways, 60, "C. civ. 2224"},
    DefaultRule{"limitation_consumer_months", kAlways, 24, "C. conso. L218-2"},
    DefaultRule{"limitation_carriage_months", kAlways, 12, "C. com. L133-6"},
    DefaultRule{"limitation_telecom_months", kAlways, 12, "CPCE (postes) L34-2"},
    DefaultRule{"limitation_insurance_months", kAlways, 24, "C. assur. L114-1"},
    DefaultRule{"limitation_bill_months", kAlways, 36, "C. com. L511-78"},
    DefaultRule{"limitation_rent_months", kAlways, 36, "loi 89-462 art. 7-1"},
    DefaultRule{"limitation_title_months", kAlways, 120, "CPCE L111-4"},
    DefaultRule{"limitation_longest_months", kAlways, 240, "C. civ. 2232"},
    DefaultRule{"limitation_conciliation_months", kAlways, 6, "C. civ. 2238"},
    DefaultRule{"limitation_warn_days", kAlways, 30, "policy"},
    // interest and charges
    DefaultRule{"indemnity_cents", "2013-01-01", 4000, "C. com. D441-5"},
    DefaultRule{"interest_pays_day", kAlways, 1, "policy: the day of payment counts"},
    DefaultRule{"year_days", kAlways, 365, "policy"},
    DefaultRule{"title_extra_months", kAlways, 2, "CMF L313-3: the raise begins so long after"},
    DefaultRule{"title_extra_points_bp", kAlways, 500, "CMF L313-3"},
    DefaultRule{"allocation_order", kAlways, 123, "C. civ. 1343-1: interest, charges, principal"},
    // promises, contacts, notes
    DefaultRule{"promise_grace_days", kAlways, 3, "policy, in working days"},
    DefaultRule{"contact_warn_count", kAlways, 3, "policy; C. pén. 222-16"},
    DefaultRule{"contact_block_count", kAlways, 4, "policy; C. pén. 222-16"},
    DefaultRule{"contact_window_days", kAlways, 7, "policy"},
    DefaultRule{"contact_from_minute", kAlways, 480, "policy: 08:00"},
    DefaultRule{"contact_until_minute", kAlways, 1200, "policy: 20:00"},
    DefaultRule{"contact_saturday_from_minute", kAlways, 540, "policy: 09:00"},
    DefaultRule{"contact_saturday_until_minute", kAlways, 780, "policy: 13:00"},
    DefaultRule{"clock_skew_minutes", kAlways, 5, "policy"},
    DefaultRule{"note_max_characters", kAlways, 500, "policy; CNIL on comment fields"},
    DefaultRule{"inbound_warn_days", kAlways, 3, "policy"},
    DefaultRule{"escalation_due_working_days", kAlways, 2, "policy"},
    DefaultRule{"pre_due_from_days", kAlways, 10, "policy"},
    DefaultRule{"pre_due_until_days", kAlways, 3, "policy"},
    DefaultRule{"security_warn_days", kAlways, 60, "policy"},
    DefaultRule{"hearing_warn_days", kAlways, 30, "policy"},
    // courts and insolvency
    DefaultRule{"service_payment_order_months", kAlways, 6, "CPC 1411"},
    DefaultRule{"service_payment_order_months", "2026-09-01", 3, "CPC 1411, décret 2026-96"},
    DefaultRule{"opposition_months", kAlways, 1, "CPC 1416"},
    DefaultRule{"small_claim_cents", kAlways, 500000, "CPCE R125-1"},
    DefaultRule{"small_claim_months", kAlways, 1, "CPCE R125-4"},
    DefaultRule{"proof_of_claim_months", kAlways, 2, "C. com. R622-24"},
    DefaultRule{"proof_of_claim_abroad_months", kAlways, 4, "C. com. R622-24"},
    DefaultRule{"judge_delay_months", kAlways, 24, "C. civ. 1343-5"},
    DefaultRule{"over_indebtedness_months", kAlways, 24, "C. conso. L722-3"},
    // letters
    DefaultRule{"reminder_gap_days", kAlways, 10, "policy: from one level to the next, at least"},
    // replicas without contact: read by them, so what is changed reaches them with their next contact
    DefaultRule{"lease_days", kAlways, 30, "policy: then a replica locks"},
    DefaultRule{"lease_warn_days", kAlways, 7, "policy: before it does"},
    DefaultRule{"grace_days", kAlways, 16, "policy: after it did, then its key is destroyed"},
    // other people's money
    DefaultRule{"remittance_months", kAlways, 1, "CPCE R124-6"},
    DefaultRule{"remittance_warn_days", kAlways, 7, "policy"},
    // purges
    DefaultRule{"purge_alone_max_cases", kAlways, 10, "policy: above it another person approves"},
    DefaultRule{"purge_brake_percent", kAlways, 5, "policy: of all cases, in one purge"},
    // rights of persons
    DefaultRule{"person_request_months", kAlways, 1, "GDPR art. 12(3)"},
    DefaultRule{"person_request_extension_months", kAlways, 2, "GDPR art. 12(3)"},
    DefaultRule{"person_request_warn_days", kAlways, 7, "policy"},
};

}  // namespace

std::span<const DefaultRate> default_rates() { return kRates; }
std::span<const DefaultRule> default_rules() { return kRules; }

std::int64_t add_reference_rows(Ledger& ledger, const Author& author) {
  EditBatch edits(ledger, author, "office.reference");
  RowIds ids(ledger.random(), ledger.now());
  std::int64_t added = 0;
  for (const DefaultRate& rate : kRates) {
    if (sql::number(ledger.db(),
                    "SELECT 1 FROM rate WHERE kind = ?1 AND valid_from = ?2 AND creditor_id IS NULL",
                    rate.kind, rate.valid_from))
      continue;
    OpDraft draft(sync::OpKind::insert, "rate", ids.next());
    draft.set("kind", rate.kind).set("valid_from", rate.valid_from).set("valid_to", rate.valid_to);
    draft.set("basis_points", Value{rate.basis_points}).set("source", rate.source);
    draft.set("verified", Value{std::int64_t{rate.is_verified ? 1 : 0}});
    edits.add(draft.take());
    ++added;
  }
  for (const DefaultRule& rule : kRules) {
    if (sql::number(ledger.db(), "SELECT 1 FROM dated_rule WHERE code = ?1 AND valid_from = ?2", rule.code,
                    rule.valid_from))
      continue;
    OpDraft draft(sync::OpKind::insert, "dated_rule", ids.next());
    draft.set("code", rule.code).set("valid_from", rule.valid_from).set("amount", Value{rule.amount});
    draft.set("legal_basis", rule.legal_basis);
    edits.add(draft.take());
    ++added;
  }
  for (const DefaultLetter& letter : default_letters()) {
    if (sql::number(ledger.db(), "SELECT 1 FROM letter_template WHERE kind = ?1 AND (title = ?2) = (?3 = ?2)",
                    name_of(letter.kind), kLawTextTitle, letter.title))
      continue;
    edits.add(default_letter_op(letter, ids.next()));
    ++added;
  }
  edits.flush();
  return added + add_retention_rules(ledger, author);
}

}  // namespace relance::server
