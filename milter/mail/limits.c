/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/mail/limits.h"

struct mail_limits mail_limits_default(void)
{
	return (struct mail_limits){
#define X(name, def, min, max, unit) .name = (def),
		MAIL_LIMITS(X)
#undef X
	};
}
