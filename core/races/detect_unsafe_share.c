/*
 * unsafe-share: a type is declared fit for several threads, and holds what is made for one.
 *
 *     impl Sync for T, and a field of T is a Cell, a RefCell, an Rc      (`sync`)
 *     impl Send for T, and a field of T is an Rc                        (`send`)
 *
 * A question where the type has a lock or an atomic of its own (`guards`), which may see to it.
 * Silent for what only stands in a marker type (`markers`), and in tests.
 */
#include "core/races/internal.h"
#include "core/races/tree.h"

struct share {
	struct ra_detection *d;
	const struct ra_node *impl, *field, *type; /* what of which field is made for one thread */
	const char *mark;                          /* "sync", "send" */
	bool guarded;
};

static bool is_listed(const struct share *s, const char *param, const struct ra_node *name)
{
	return ra_card_has(s->d->card, param, ra_cstr(s->d->arena, name->text));
}

/* `PhantomData<Rc<T>>` holds none. */
static bool in_marker(const struct share *s, const struct ra_node *node, const struct ra_node *field)
{
	for (; node != field; node = node->up)
		if (node->up->kind == RA_N_INDEX && node->up->kids != node &&
		    is_listed(s, "markers", node->up->kids))
			return true;
	return false;
}

static void look_at_field(struct share *s, const struct ra_node *field)
{
	const struct ra_node *annotation = ra_node_find(field, RA_N_ANNOTATION), *at = NULL;

	while (annotation && (at = ra_node_walk(annotation, at, false))) {
		if ((at->kind != RA_N_NAME && at->kind != RA_N_MEMBER) || in_marker(s, at, field))
			continue;
		s->guarded |= is_listed(s, "guards", at);
		if (!s->field && is_listed(s, s->mark, at)) {
			s->field = field;
			s->type = at;
		}
	}
}

/* The fields of the type that is called so. */
static void look_at_fields(struct share *s, struct ra_str name)
{
	const struct ra_node *root = s->d->facts->shape->root, *at = NULL;

	while ((at = ra_node_walk(root, at, true))) {
		const struct ra_node *body = at->kind == RA_N_CLASS && ra_str_eq(at->text, name)
						     ? ra_node_find(at, RA_N_BLOCK) : NULL;

		for (const struct ra_node *kid = body ? body->kids : NULL; kid; kid = kid->next)
			if (kid->kind == RA_N_ASSIGN && (kid->flags & RA_F_BARE))
				look_at_field(s, kid);
	}
}

static void report(struct share *s)
{
	struct ra_detection *d = s->d;
	const struct ra_node *name = s->field->kids;
	struct ra_candidate *c = ra_candidate_node(d, s->impl->unit, s->impl, s->impl->text);

	if (!c)
		return;
	while (name->next)
		name = name->next;
	c->question |= s->guarded;
	ra_candidate_var(d, c, "type", "%.*s", RA_FMT(s->impl->text));
	ra_candidate_var(d, c, "field", "%.*s", RA_FMT(name->text));
	ra_candidate_var(d, c, "what", "%.*s", RA_FMT(s->type->text));
	ra_candidate_step(d, c, "Thread A", ra_node_line(d->facts->shape, s->field), true,
			  "changes `%.*s` through a shared reference", RA_FMT(name->text));
	ra_candidate_step(d, c, "Thread B", ra_node_line(d->facts->shape, s->field), true,
			  "changes it too: nothing orders the two");
}

static void look_at_impl(struct ra_detection *d, const struct ra_node *impl)
{
	for (const struct ra_node *kid = impl->kids; kid && kid->kind != RA_N_BLOCK; kid = kid->next) {
		struct share s = { .d = d, .impl = impl };

		s.mark = ra_str_is(kid->text, "Sync") ? "sync" : ra_str_is(kid->text, "Send") ? "send"
											      : NULL;
		if (!s.mark || (kid->kind != RA_N_NAME && kid->kind != RA_N_MEMBER))
			continue;
		look_at_fields(&s, impl->text);
		if (s.field) {
			report(&s);
			return;
		}
	}
}

static void run(struct ra_detection *d)
{
	const struct ra_node *root = d->facts->shape->root, *at = NULL;

	while ((at = ra_node_walk(root, at, true)))
		if (at->kind == RA_N_CLASS && at->text.len && !d->facts->units[at->unit].test)
			look_at_impl(d, at);
}

const struct ra_detector ra_detect_unsafe_share = {
	.name = "unsafe-share",
	.help = "a type declared fit for several threads holds what is made for one",
	.params = "sync send guards markers",
	.vars = "type field what",
	.run = run,
};
