// The compiler's 128-bit integers, which exact rating and the sums of a partition need (domain 7).
#pragma once

namespace subledger {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

}  // namespace subledger
