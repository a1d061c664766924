// The gauges that say how things stand: the same facts that health and the pages show, as series.
#pragma once

#include "observe/facts.hpp"

namespace towline::observe {

class FamilySet;

// Adds towline_ready, towline_draining and what there is per forward. Info series follow the facts, so a new
// session replaces the old one's.
void add_facts(FamilySet& families, const Facts& facts);

}  // namespace towline::observe
