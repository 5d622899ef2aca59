/* SPDX-License-Identifier: BSD-3-Clause */
#include "antisales/policy/setup.h"

#include <stdlib.h>

#include "antisales/base/alloc.h"

void setup_slot_init(struct setup_slot *s)
{
	pthread_mutex_init(&s->lock, NULL);
	s->current = NULL;
}

void setup_slot_done(struct setup_slot *s)
{
	setup_put(s->current);
	s->current = NULL;
	pthread_mutex_destroy(&s->lock);
}

struct setup *setup_get(struct setup_slot *s)
{
	struct setup *r;

	pthread_mutex_lock(&s->lock);
	r = s->current;
	if (r != NULL)
		r->refs++;
	pthread_mutex_unlock(&s->lock);
	return r;
}

void setup_put(struct setup *r)
{
	unsigned left;

	if (r == NULL)
		return;
	pthread_mutex_lock(&r->slot->lock);
	left = --r->refs;
	pthread_mutex_unlock(&r->slot->lock);
	if (left > 0)
		return;
	policy_free(r->policy);
	config_free(r->config);
	free(r);
}

int setup_publish(struct setup_slot *s, struct config *c, struct policy *p, struct err *reterr)
{
	struct setup *r = alloc_zeroed(1, sizeof *r), *old;

	if (r == NULL)
		return err_set(reterr, E_NOMEM, "no memory to publish policy %s", p->path.p);
	*r = (struct setup){ .refs = 1, .slot = s, .config = c, .policy = p };
	pthread_mutex_lock(&s->lock);
	old = s->current;
	s->current = r;
	pthread_mutex_unlock(&s->lock);
	setup_put(old);
	return E_OK;
}
