/*
 * What the audit of a source says, as bytes. Everything of a report that outlives the file arena
 * and is not the run's own is here once, for both ways; a new field of a finding is one more line.
 */
#include "core/cache/cache.h"

/*
 * A field that is left out here is lost in every second run. So each structure says how large it is:
 * where the compiler stops, the new field is to be packed below, or to be known as one that the
 * last stages of a run fill; then the size is to be put right.
 */
#define has_size(type, size) \
	_Static_assert(sizeof(void *) != 8 || sizeof(type) == (size), \
		       "pack the new field of " #type " in core/cache/report.c")
has_size(struct ra_finding, 248);
has_size(struct ra_file_report, 592);
has_size(struct ra_event, 56);
has_size(struct ra_step, 64);
has_size(struct ra_evidence_line, 48);
has_size(struct ra_report_state, 112);
has_size(struct ra_report_use, 56);
has_size(struct ra_report_checkpoint, 72);
has_size(struct ra_suppression, 64);
has_size(struct ra_order_edge, 448);
has_size(struct ra_order_use, 128);
has_size(struct ra_order_site, 64);
has_size(struct ra_export, 128);
has_size(struct ra_export_member, 32);

/* An enum in as many bits as it has. */
#define pack_enum(pack, field, type, count) do { \
	uint32_t value_ = (uint32_t)(field); \
	ra_pack_u32((pack), &value_); \
	(pack)->failed |= value_ >= (count); \
	(field) = (type)value_; \
} while (0)

static void pack_event(struct ra_pack *pack, struct ra_event *event)
{
	ra_pack_name(pack, &event->role);
	ra_pack_u32(pack, &event->line);
	ra_pack_u32(pack, &event->end_line);
	ra_pack_u32(pack, &event->column);
	ra_pack_text(pack, &event->note);
	ra_pack_text(pack, &event->path);
}

static void pack_step(struct ra_pack *pack, struct ra_step *step)
{
	ra_pack_text(pack, &step->task);
	ra_pack_u32(pack, &step->line);
	ra_pack_text(pack, &step->text);
	ra_pack_flag(pack, &step->window);
	ra_pack_text(pack, &step->path);
}

static void pack_var(struct ra_pack *pack, struct ra_var *var)
{
	ra_pack_text(pack, &var->name);
	ra_pack_text(pack, &var->value);
}

static void pack_evidence(struct ra_pack *pack, struct ra_evidence_line *line)
{
	ra_pack_u32(pack, &line->line);
	ra_pack_text(pack, &line->text);
	ra_pack_name(pack, &line->role);
	ra_pack_text(pack, &line->path);
}

static void pack_card(struct ra_pack *pack, const struct ra_card **card)
{
	struct ra_str id = *card ? (*card)->id : RA_STR("");

	ra_pack_text(pack, &id);
	if (!pack->reading)
		return;
	*card = pack->failed ? NULL : ra_cards_find(pack->cards, id);
	pack->failed |= !*card;
}

/* State and `touched` come later, of the diff; `also`, of the whole file. */
static void pack_finding(struct ra_pack *pack, struct ra_finding *finding)
{
	pack_card(pack, &finding->card);
	ra_pack_text(pack, &finding->fingerprint);
	pack_enum(pack, finding->severity, enum ra_severity, RA_SEV_COUNT);
	pack_enum(pack, finding->confidence, enum ra_confidence, RA_CONF_COUNT);
	ra_pack_flag(pack, &finding->question);
	ra_pack_flag(pack, &finding->suppressed);
	ra_pack_text(pack, &finding->suppression_reason);
	ra_pack_text(pack, &finding->unit);
	ra_pack_text(pack, &finding->subject);
	pack_enum(pack, finding->lang, enum ra_lang, RA_LANG_COUNT);
	ra_pack_flag(pack, &finding->test);
	ra_pack_u32(pack, &finding->line);
	ra_pack_u32(pack, &finding->end_line);
	ra_pack_u32(pack, &finding->column);
	ra_pack_list(pack, &finding->events, pack_event);
	ra_pack_list(pack, &finding->steps, pack_step);
	ra_pack_list(pack, &finding->vars, pack_var);
	ra_pack_list(pack, &finding->evidence, pack_evidence);
}

static void pack_use(struct ra_pack *pack, struct ra_report_use *use)
{
	ra_pack_text(pack, &use->unit);
	ra_pack_u32(pack, &use->line);
	ra_pack_text(pack, &use->guard);
	ra_pack_text(pack, &use->path);
}

static void pack_state(struct ra_pack *pack, struct ra_report_state *state)
{
	ra_pack_text(pack, &state->name);
	ra_pack_text(pack, &state->scope);
	ra_pack_text(pack, &state->kind);
	ra_pack_text(pack, &state->guard);
	ra_pack_list(pack, &state->writers, pack_use);
	ra_pack_list(pack, &state->readers, pack_use);
}

static void pack_checkpoint(struct ra_pack *pack, struct ra_report_checkpoint *checkpoint)
{
	ra_pack_u32(pack, &checkpoint->line);
	ra_pack_text(pack, &checkpoint->unit);
	ra_pack_text(pack, &checkpoint->text);
	ra_pack_text(pack, &checkpoint->meaning);
	ra_pack_text(pack, &checkpoint->held);
}

static void pack_suppression(struct ra_pack *pack, struct ra_suppression *suppression)
{
	ra_pack_u32(pack, &suppression->line);
	ra_pack_u32(pack, &suppression->last_line);
	ra_pack_u32(pack, &suppression->about);
	ra_pack_flag(pack, &suppression->own_line);
	ra_pack_text(pack, &suppression->id);
	ra_pack_text(pack, &suppression->reason);
	ra_pack_name(pack, &suppression->flaw);
	ra_pack_flag(pack, &suppression->used);
}

/* Those of the run stay where they are. */
static void pack_notes(struct ra_pack *pack, struct ra_file_report *report, size_t first)
{
	size_t n = ra_pack_count(pack, report->notes.n - first);

	for (size_t i = 0; i < n && !pack->failed; i++)
		ra_pack_text(pack, pack->reading ? ra_vec_push(pack->arena, &report->notes)
						 : &report->notes.v[first + i]);
}

void ra_pack_report(struct ra_pack *pack, struct ra_file_report *report, size_t notes)
{
	pack_enum(pack, report->lang, enum ra_lang, RA_LANG_COUNT);
	ra_pack_text(pack, &report->reason);
	ra_pack_u32(pack, &report->lines);
	ra_pack_u32(pack, &report->units);
	ra_pack_list(pack, &report->runtimes, ra_pack_text);
	pack_notes(pack, report, notes);
	ra_pack_list(pack, &report->states, pack_state);
	ra_pack_list(pack, &report->checkpoints, pack_checkpoint);
	ra_pack_list(pack, &report->findings, pack_finding);
	ra_pack_list(pack, &report->suppressions, pack_suppression);
	for (size_t i = 0; i < RA_LOOK_COUNT; i++)
		ra_pack_size(pack, &report->looked.n[i]);
	for (size_t i = 0; pack->reading && i < report->findings.n; i++)
		report->findings.v[i].path = report->path;
}

/* -- orders of locks ----------------------------------------------------------------------- */

static void pack_site(struct ra_pack *pack, struct ra_order_site *site)
{
	ra_pack_text(pack, &site->path);
	ra_pack_text(pack, &site->unit);
	ra_pack_text(pack, &site->code);
	ra_pack_u32(pack, &site->line);
	ra_pack_u32(pack, &site->end_line);
	ra_pack_u32(pack, &site->column);
}

static void pack_lock(struct ra_pack *pack, struct ra_order_lock *lock)
{
	ra_pack_text(pack, &lock->id);
	ra_pack_text(pack, &lock->place);
	ra_pack_text(pack, &lock->name);
}

void ra_pack_edge(struct ra_pack *pack, struct ra_order_edge *edge)
{
	pack_lock(pack, &edge->first);
	pack_lock(pack, &edge->second);
	ra_pack_text(pack, &edge->callee);
	pack_site(pack, &edge->held);
	pack_site(pack, &edge->at);
	pack_site(pack, &edge->acquire);
	ra_pack_u32(pack, &edge->n_gates);
	pack->failed |= edge->n_gates > RA_ORDER_GATES;
	for (unsigned i = 0; !pack->failed && i < edge->n_gates; i++)
		ra_pack_text(pack, &edge->gates[i]);
	ra_pack_flag(pack, &edge->shared);
	ra_pack_text(pack, &edge->fingerprint);
	ra_pack_text(pack, &edge->class_);
	ra_pack_text(pack, &edge->function);
	pack_enum(pack, edge->lang, enum ra_lang, RA_LANG_COUNT);
}

void ra_pack_use(struct ra_pack *pack, struct ra_order_use *use)
{
	ra_pack_text(pack, &use->callee);
	pack_lock(pack, &use->lock);
	pack_site(pack, &use->acquire);
}

/* -- imports and exports ------------------------------------------------------------------- */

void ra_pack_import(struct ra_pack *pack, struct ra_import *import)
{
	ra_pack_text(pack, &import->module);
	ra_pack_text(pack, &import->name);
	ra_pack_text(pack, &import->full);
}

static void pack_task(struct ra_pack *pack, struct ra_export_task *task)
{
	uint32_t position = (uint32_t)task->position;

	ra_pack_u32(pack, &task->runtimes);
	ra_pack_u32(pack, &position);
	task->position = (int)position;
}

static void pack_member(struct ra_pack *pack, struct ra_export_member *member)
{
	ra_pack_text(pack, &member->name);
	ra_pack_flag(pack, &member->of_class);
	ra_pack_flag(pack, &member->safe);
	pack_task(pack, &member->task);
}

static void pack_export(struct ra_pack *pack, struct ra_export *export)
{
	ra_pack_text(pack, &export->name);
	ra_pack_text(pack, &export->module);
	ra_pack_text(pack, &export->inner);
	ra_pack_flag(pack, &export->async);
	ra_pack_flag(pack, &export->safe);
	ra_pack_flag(pack, &export->class_);
	pack_enum(pack, export->kind, uint8_t, UINT8_MAX);
	ra_pack_u32(pack, &export->api_flags);
	ra_pack_u32(pack, &export->runtimes);
	pack_task(pack, &export->task);
	ra_pack_text(pack, &export->base_module);
	ra_pack_text(pack, &export->base_name);
	ra_pack_list(pack, &export->members, pack_member);
}

void ra_pack_exports(struct ra_pack *pack, struct ra_exports *exports)
{
	ra_pack_list(pack, &exports->list, pack_export);
}
