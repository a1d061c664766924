// What the answers for the two families of one name mean together. Pure.
#pragma once

namespace towline::net {

enum class Answer { not_asked, none, found, no_address, not_found, failed, timed_out };

// How long the family that has not answered is still waited for.
enum class Patience {
  none,              // nobody is waited for
  resolution_delay,  // RFC 8305, 3
  all_there_is
};

// A denied name has no address in the other family either (RFC 8020), but that is believed for IPv4 only:
// some load balancers deny each name that has no AAAA (RFC 4074, 4.2).
Patience patience(Answer v4, Answer v6);

// Of one name, when nobody is waited for any longer: the best of the two if it is `found`, otherwise what
// explains most. A family without an answer has timed out. One family must be asked.
Answer together(Answer v4, Answer v6);

// Of a list of names: whether the next one is asked for after this answer. A silent name server would be
// silent again.
bool goes_on(Answer answer);

// What is said of several names of which none was found, in the C library's order.
Answer worse(Answer one, Answer other);

}  // namespace towline::net
