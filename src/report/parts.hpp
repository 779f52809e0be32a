// Only until every report includes these itself.
#pragma once

#include "report/report.hpp"
