/*
 * One finding, question or suppressed finding of the model. The texts of its card are filled with
 * its values here, so that whoever reads the JSON has final text.
 *
 * Every key is always there, if need be empty: a template would take a missing one from what is
 * around it.
 */
#include "core/report/internal.h"

/* -- texts of the card --------------------------------------------------------------------- */

/* Values stand in the middle of sentences and code: in one line. */
static struct ra_str in_one_line(struct ra_arena *arena, struct ra_str text)
{
	struct ra_buf out;

	text = ra_str_trim(text);
	ra_buf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++)
		if (!strchr("\r\n\t ", text.ptr[i]))
			ra_buf_addc(&out, text.ptr[i]);
		else if (out.ptr[out.len - 1] != ' ')
			ra_buf_addc(&out, ' ');
	return ra_buf_str(&out);
}

static void put_value(struct ra_model *m, const char *name, struct ra_str value)
{
	ra_json_text(&m->json, m->values, name, in_one_line(m->json.arena, value));
}

static struct ra_str stem_of(struct ra_str path)
{
	struct ra_str name = path;
	size_t n;

	while (ra_str_cut(&path, '/', &name))
		;
	for (n = name.len; n > 1 && name.ptr[n - 1] != '.';)
		n--;
	return n > 1 ? ra_str_n(name.ptr, n - 1) : name;
}

/* What the detector gave, then what the finding itself knows better: it may have been moved. */
static void collect_values(struct ra_model *m, const struct ra_finding *f)
{
	struct ra_arena *arena = m->json.arena;

	json_object_clear(m->values);
	put_value(m, "state", f->subject);
	for (size_t i = 0; i < f->vars.n; i++)
		put_value(m, ra_cstr(arena, f->vars.v[i].name), f->vars.v[i].value);
	put_value(m, "path", f->path);
	put_value(m, "file_stem", stem_of(f->path));
	put_value(m, "unit", f->unit);
	put_value(m, "rule", f->card->id);
	put_value(m, "fingerprint", f->fingerprint);
	ra_json_number(&m->json, m->values, "line", f->line);
	ra_json_number(&m->json, m->values, "end_line", f->end_line);
}

/* Blank lines around go; spaces before the first word may be code. */
static struct ra_str without_blank_ends(struct ra_str text)
{
	while (text.len && text.ptr[0] == '\n')
		text = ra_str_n(text.ptr + 1, text.len - 1);
	while (text.len && strchr("\n ", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static struct ra_str fill(struct ra_model *m, const struct ra_card *card, struct ra_str text,
			  const char *section)
{
	struct ra_buf out;
	int rc;

	if (m->rc || !text.len)
		return RA_STR("");
	ra_buf_init(&out, m->json.arena);
	rc = ra_mustache(m->json.arena, text, m->values, NULL, RA_ESCAPE_NONE, &out, m->err);
	if (rc)
		m->rc = ra_wrap(m->err, "%.*s: %s", RA_FMT(card->path), section);
	return without_blank_ends(ra_buf_str(&out));
}

static void put_filled(struct ra_model *m, json_t *object, const char *key,
		       const struct ra_card *card, struct ra_str text)
{
	ra_json_text(&m->json, object, key, fill(m, card, text, key));
}

static void put_fixes(struct ra_model *m, json_t *object, const struct ra_finding *f)
{
	json_t *list = ra_json_array(&m->json, object, "fixes");
	const struct ra_card *card = f->card;
	unsigned option = 0;

	for (size_t i = 0; i < card->fixes.n; i++) {
		const struct ra_card_fix *fix = &card->fixes.v[i];
		json_t *row;

		if (fix->langs && !(fix->langs & 1u << f->lang))
			continue;
		row = ra_json_object(&m->json, list, NULL);
		ra_json_number(&m->json, row, "option", ++option);
		ra_json_text(&m->json, row, "effort", fix->effort);
		put_filled(m, row, "sketch", card, fix->sketch);
		put_filled(m, row, "closes", card, fix->closes);
		put_filled(m, row, "tradeoffs", card, fix->tradeoffs);
		put_filled(m, row, "risk", card, fix->risk);
		put_filled(m, row, "diff", card, fix->diff);
	}
}

/* A question asks; a finding says how to mend it, and what only a person can check. */
static void put_words(struct ra_model *m, json_t *object, const struct ra_finding *f)
{
	static const struct ra_card_test no_test;
	const struct ra_card *card = f->card;
	const struct ra_card_test *test = ra_card_test_for(card, f->lang);

	if (!test)
		test = &no_test;
	put_filled(m, object, "message", card, card->message.len ? card->message : card->summary);
	put_filled(m, object, "trigger", card, card->trigger);
	put_filled(m, object, "impact", card, card->impact);
	put_filled(m, object, "reproduction", card, test->text);
	ra_json_text(&m->json, object, "reproduction_language", test->lang);
	if (f->question) {
		put_filled(m, object, "question", card,
			   card->question_text.len ? card->question_text : card->message);
	} else {
		put_filled(m, object, "check_by_hand", card, card->question_text);
		put_fixes(m, object, f);
	}
}

/* -- the finding --------------------------------------------------------------------------- */

/* The other places that take part: what has to change has its own lines. */
static void put_related(struct ra_model *m, json_t *object, const struct ra_finding *f)
{
	json_t *list = ra_json_array(&m->json, object, "related");

	for (size_t i = 0; i < f->events.n; i++) {
		const struct ra_event *event = &f->events.v[i];
		json_t *row;

		if (event->line == f->line && event->end_line == f->end_line && !event->path.len)
			continue;
		row = ra_json_object(&m->json, list, NULL);
		if (!event->path.len)
			ra_json_path(&m->json, row, "path", f->path);
		ra_display_other_file(&m->json, row, event->path, f->path);
		ra_json_number(&m->json, row, "line", event->line);
		ra_json_number(&m->json, row, "end_line", event->end_line);
		ra_json_number(&m->json, row, "column", event->column);
		ra_json_text(&m->json, row, "role", ra_str(event->role ? event->role : ""));
		ra_json_text(&m->json, row, "note", event->note);
	}
}

/* As GitHub makes one of the heading "F1 L41 Check-then-act". */
static struct ra_str anchor_of(struct ra_arena *arena, struct ra_str heading)
{
	struct ra_buf out;

	ra_buf_init(&out, arena);
	for (size_t i = 0; i < heading.len; i++) {
		char c = heading.ptr[i];

		if (c >= 'A' && c <= 'Z')
			ra_buf_addc(&out, (char)(c + ('a' - 'A')));
		else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
			ra_buf_addc(&out, c);
		else if (c == ' ')
			ra_buf_addc(&out, '-');
	}
	return ra_buf_str(&out);
}

static void put_names(struct ra_model *m, json_t *object, const struct ra_finding *f,
		      const struct ra_place *place)
{
	struct ra_json *json = &m->json;
	const struct ra_card *card = f->card;
	struct ra_str id = ra_printf(json->arena, "%c%zu", place->kind, place->number);
	struct ra_str heading = ra_printf(json->arena, "%.*s L%u %s", RA_FMT(id), (unsigned)f->line,
					  card->type->title);

	ra_json_text(json, object, "id", id);
	ra_json_text(json, object, "anchor", anchor_of(json->arena, heading));
	ra_json_text(json, object, "report", place->report);
	ra_json_number(json, object, "file", place->file);
	ra_json_text(json, object, "fingerprint", f->fingerprint);
	ra_json_text(json, object, "rule", card->id);
	ra_json_text(json, object, "title",
		     card->title.len ? card->title : ra_str(card->type->title));
	ra_json_text(json, object, "race_type", ra_str(card->type->name));
	ra_json_text(json, object, "race_type_title", ra_str(card->type->title));
	ra_json_text(json, object, "family", ra_str(card->type->family));
	ra_json_text(json, object, "class", ra_str(card->class_->name));
	ra_json_text(json, object, "class_title", ra_str(card->class_->title));
	ra_json_text(json, object, "cwe", card->cwe);
}

static void put_place(struct ra_json *json, json_t *object, const struct ra_finding *f)
{
	ra_json_path(json, object, "path", f->path);
	ra_json_number(json, object, "line", f->line);
	ra_json_number(json, object, "end_line", f->end_line);
	ra_json_number(json, object, "column", f->column);
	ra_json_text(json, object, "unit", f->unit);
	ra_json_text(json, object, "subject", f->subject);
}

static void put_position(struct ra_model *m, json_t *object, const struct ra_finding *f)
{
	struct ra_json *json = &m->json;

	put_place(json, object, f);
	ra_json_text(json, object, "language", ra_str(ra_lang_name(f->lang)));
	ra_json_flag(json, object, "test", f->test);
	ra_json_text(json, object, "severity", ra_str(ra_severity_name(f->severity)));
	ra_json_text(json, object, "confidence", ra_str(ra_confidence_name(f->confidence)));
	ra_json_text(json, object, "state", ra_str(ra_state_name(f->state)));
	ra_json_flag(json, object, "touched", f->touched);
}

static size_t more_places(const struct ra_finding *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->events.n; i++)
		n += f->events.v[i].role && strcmp(f->events.v[i].role, "also") == 0;
	return n;
}

/* Each with its own message; `m->values` are its values then. */
static void put_also(struct ra_model *m, json_t *object, const struct ra_finding *f)
{
	struct ra_json *json = &m->json;
	json_t *list = ra_json_array(json, object, "also");

	for (size_t i = 0; i < f->also.n; i++) {
		const struct ra_finding *other = f->also.v[i];
		json_t *row = ra_json_object(json, list, NULL);

		collect_values(m, other);
		ra_json_text(json, row, "fingerprint", other->fingerprint);
		put_place(json, row, other);
		put_filled(m, row, "message", f->card,
			   f->card->message.len ? f->card->message : f->card->summary);
	}
	ra_json_number(json, object, "more_places", more_places(f));
}

void ra_model_finding(struct ra_model *m, const struct ra_finding *f, const struct ra_place *place)
{
	const char *list = place->kind == 'F' ? "findings" : place->kind == 'Q' ? "questions"
								    : "suppressed";
	json_t *object = ra_json_object(&m->json, json_object_get(m->root, list), NULL);
	struct ra_str consequence;

	collect_values(m, f);
	put_names(m, object, f, place);
	put_position(m, object, f);
	put_words(m, object, f);
	consequence = fill(m, f->card, f->card->consequence, "consequence");
	ra_json_text(&m->json, object, "consequence", consequence);
	put_related(m, object, f);
	ra_display_evidence(&m->json, object, f);
	ra_display_trace(&m->json, object, f, consequence);
	put_also(m, object, f);
	if (place->kind == 'S')
		ra_json_text(&m->json, object, "reason", f->suppression_reason);
}
