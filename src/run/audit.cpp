#include <banksim/audit.hpp>

#include <cstdlib>

namespace banksim {
namespace {

std::uint64_t magnitude(Money difference) {
  const std::int64_t units = difference.minor_units();
  return units < 0 ? ~static_cast<std::uint64_t>(units) + 1 : static_cast<std::uint64_t>(units);
}

void check_accounts(Check& check, std::span<const Money> expected, std::span<const Money> found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    check.total_found += found[i];
    if (found[i] < Money{}) ++check.negative_accounts;
    if (found[i] == expected[i]) continue;
    const WrongAccount wrong{AccountId{static_cast<std::uint32_t>(i)}, expected[i], found[i]};
    ++check.accounts_wrong;
    if (!check.first_wrong) check.first_wrong = wrong;
    if (!check.worst || magnitude(wrong.difference()) > magnitude(check.worst->difference()))
      check.worst = wrong;
  }
  check.accounts_checked = found.size();
}

}  // namespace

Check check_money(Money total_expected, std::span<const Money> expected, std::span<const Money> found,
                  const TransferCounts& counted, const TransferCounts& replayed, const AuditLog& audits) {
  Check check;
  check.total_expected = total_expected;
  check.audits = audits;
  check.attempts_agree =
      counted == replayed && counted.attempted == counted.done + counted.declined + counted.cancelled;
  // An empty bank, or a ledger of another bank, checks nothing.
  if (found.empty() || expected.size() != found.size()) return check;
  check_accounts(check, expected, found);
  check.performed = true;
  return check;
}

}  // namespace banksim
