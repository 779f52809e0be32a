// Only until every report includes these itself.
#pragma once

#include "record/names.hpp"
#include "report/report.hpp"
