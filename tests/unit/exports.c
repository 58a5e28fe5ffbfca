/*
 * Exports: what a file offers to others, what it takes of them, and the rows that come of it.
 */
#include "core/facts/exports.h"
#include "tests/unit/facts_fixture.h"

static const struct ra_shape *shape_of(struct ra_arena *arena, const char *path, const char *text)
{
	struct ra_source *source = ra_new(arena, struct ra_source);
	struct ra_tokens *tokens = ra_new(arena, struct ra_tokens);
	struct ra_shape *shape = ra_new(arena, struct ra_shape);

	assert_int_equal(ra_source_open(arena, ra_str(path), ra_str(text),
					&(struct ra_source_limits){ 0 }, source, NULL), RA_OK);
	ra_lex(arena, source, tokens);
	ra_shape_build(arena, tokens, shape);
	return shape;
}

static const struct ra_api *api_of(const struct ra_shape *shape)
{
	return knowledge.apis[shape->tokens->source->lang];
}

/* "name[=module/inner][ class][ async][ safe][ .member][ :member]; ..." */
static const char *exports_of(struct ra_arena *arena, const char *path, const char *text)
{
	const struct ra_shape *shape = shape_of(arena, path, text);
	struct ra_exports exports = { 0 };
	struct ra_buf out;

	ra_facts_exports(arena, shape, api_of(shape), &exports);
	ra_buf_init(&out, arena);
	for (size_t i = 0; i < exports.list.n; i++) {
		const struct ra_export *e = &exports.list.v[i];

		ra_buf_addf(&out, "%.*s", RA_FMT(e->name));
		if (e->module.len)
			ra_buf_addf(&out, "=%.*s/%.*s", RA_FMT(e->module), RA_FMT(e->inner));
		ra_buf_addf(&out, "%s%s%s", e->class_ ? " class" : "", e->async ? " async" : "",
			    e->safe ? " safe" : "");
		if (e->task.runtimes)
			ra_buf_addf(&out, " task of %d", e->task.position);
		for (size_t m = 0; m < e->members.n; m++)
			ra_buf_addf(&out, " %s%.*s%s", e->members.v[m].of_class ? "." : ":",
				    RA_FMT(e->members.v[m].name),
				    e->members.v[m].task.runtimes ? " task" : "");
		ra_buf_adds(&out, "; ");
	}
	return out.ptr ? out.ptr : "";
}

static const char *imports_of(struct ra_arena *arena, const char *path, const char *text)
{
	const struct ra_shape *shape = shape_of(arena, path, text);
	struct ra_imports imports = { 0 };
	struct ra_buf out;

	ra_facts_imports(arena, shape, api_of(shape), &imports);
	ra_buf_init(&out, arena);
	for (size_t i = 0; i < imports.list.n; i++)
		ra_buf_addf(&out, "%.*s=%.*s/%.*s ", RA_FMT(imports.list.v[i].full),
			    RA_FMT(imports.list.v[i].module), RA_FMT(imports.list.v[i].name));
	return out.ptr ? out.ptr : "";
}

static void test_names_of_a_python_module(void **state)
{
	assert_string_equal(exports_of(*state, "a.py",
		"from .b import c as d\n"
		"import e\n"
		"async def f(): pass\n"
		"def g(): pass\n"
		"@wrap\nasync def h(): pass\n"
		"async def items():\n    yield 1\n"
		"class K(Base):\n"
		"    async def m(self): pass\n"
		"    def n(self): pass\n"
		"    @classmethod\n    async def make(cls): pass\n"
		"    async def it(self):\n        yield 1\n"
		"class L(K):\n    async def o(self): pass\n"
		"k = L()\n"
		"if x:\n    async def f2(): pass\n"
		"def outer():\n    async def inner(): pass\n"),
		"d=.b/c; e=e/; f async; g; h; items; K class :m .make; L class :m .make :o; "
		"k :m .make :o; f2 async; outer; ");
}

static void test_units_that_give_a_task(void **state)
{
	assert_string_equal(exports_of(*state, "a.py",
		"def run(name, job, *args):\n    return asyncio.ensure_future(job(*args))\n"
		"def named(job):\n    task = asyncio.create_task(job)\n    return task\n"
		"def kept(job):\n    task = asyncio.create_task(job)\n    all.add(task)\n"
		"    return task\n"
		"def maybe(job):\n    if job: return asyncio.create_task(job)\n    return None\n"
		"class K:\n    def go(self, job): return asyncio.create_task(job)\n"
		"import asyncio\n"),
		"asyncio=asyncio/; run task of 1; named task of 0; kept; maybe; K class :go task; ");
}

static void test_exports_of_javascript(void **state)
{
	assert_string_equal(exports_of(*state, "a.ts",
		"import { x as y } from './x';\n"
		"export async function f() {}\n"
		"export const g = async () => {}, n = 3;\n"
		"export function h(): Promise<void> { return f(); }\n"
		"export function plain() {}\n"
		"async function hidden() {}\n"
		"export { hidden as shown, y };\n"
		"export * from './all';\n"
		"export * as ns from './ns';\n"
		"export { default as q } from './q';\n"
		"export class K { async m() {} static async s() {} n() {} }\n"
		"export const k = new K();\n"
		"export const o = { async p() {}, r: f, t() {} };\n"
		"export interface I { u(): Promise<void>; v(): number }\n"
		"export default class extends K { async w() {} }\n"),
		"f async; g async; n; h async; plain; shown async; y=./x/x; *=./all/; ns=./ns/; "
		"q=./q/default; K class :m .s; k :m .s; o :p :r; I class :u; "
		"default class :m .s :w; ");
}

static void test_exports_by_assignment(void **state)
{
	assert_string_equal(exports_of(*state, "a.js",
		"const x = require('./x');\n"
		"async function f() {}\n"
		"module.exports = { f, x, async g() {}, h() {} };\n"
		"module.exports.later = async () => {};\n"
		"exports.other = f;\n"),
		" :f :g; default :f :g; f async; x=./x/; g async; h; later async; other async; ");
	assert_string_equal(exports_of(*state, "a.js", "module.exports = async function () {}\n"),
			    " async; default async; ");
	assert_string_equal(exports_of(*state, "a.js",
		"class K { async m() {} }\nexports = module.exports = new K();\n"),
		" :m; default :m; ");
}

/* What catches all that can fail is safe to let go. */
static void test_exports_that_cannot_fail(void **state)
{
	assert_string_equal(exports_of(*state, "a.js",
		"export async function a() { try { await x(); } catch (e) { log(e); } }\n"
		"export async function b() { try { await x(); } catch (e) { throw e; } }\n"
		"export async function c() { await x(); }\n"
		"export async function d() { await x().catch(log); }\n"
		"export async function e() { await a(); }\n"
		"export async function f() { await c(); }\n"
		"export async function g() { work(); }\n"),
		"a async safe; b async; c async; d async safe; e async safe; f async; g async; ");
}

static void test_imports_say_what_of_what(void **state)
{
	assert_string_equal(imports_of(*state, "a.py",
		"import os, a.b, c.d as e\nfrom .x import y as z, w\nfrom . import v\n"),
		"os=os/ a=a.b/ c.d=c.d/ .x.y=.x/y .x.w=.x/w ..v=./v ");
	assert_string_equal(imports_of(*state, "a.ts",
		"import d, { e as f } from './m';\nimport * as all from './n';\n"
		"const { g, h: i } = require('./o');\nconst j = require('./p').k;\n"
		"const l = require('./q');\nimport m from 'pkg';\n"),
		"./m.default=./m/default ./m.e=./m/e ./n=./n/ ./o.g=./o/g ./o.h=./o/h "
		"./p.k=./p/k ./q=./q/ pkg=pkg/ ");
}

static void test_exports_become_rows(void **state)
{
	struct ra_api *below = ra_api_open(*state), *api;
	struct ra_export class_ = { .class_ = true }, function = { .async = true, .safe = true };
	struct ra_export lock = { .async = false };
	const struct ra_api_row *row;

	assert_int_equal(ra_api_load(below, "t.api", RA_STR("switch lib.sleep async\n"), NULL),
			 RA_OK);
	api = ra_api_open_over(*state, below);
	*ra_vec_push(*state, &class_.members) = (struct ra_export_member){ .name = RA_STR("m") };
	*ra_vec_push(*state, &class_.members) = (struct ra_export_member){
		.name = RA_STR("make"), .of_class = true };
	ra_api_add_export(api, *state, RA_STR("./k.K"), &class_);
	ra_api_add_export(api, *state, RA_STR("./k.f"), &function);
	ra_api_add_export(api, *state, RA_STR("lib.sleep"), &function);
	row = ra_api_find(api, RA_STR("./k.K"));
	assert_non_null(ra_api_with(row, RA_EFFECT_NEW));
	assert_true(ra_api_find(api, RA_STR("./k.K:m"))->flags & RA_API_ASYNC);
	assert_non_null(ra_api_find(api, RA_STR("./k.K.make")));
	assert_null(ra_api_find(api, RA_STR("./k.K.m")));
	assert_int_equal(ra_api_find(api, RA_STR("./k.f"))->flags,
			 RA_API_ASYNC | RA_API_TREE | RA_API_SAFE);
	/* what a table knows stands */
	lock.kind = RA_KIND_LOCK;
	lock.runtimes = RA_RT_THREADS;
	ra_api_add_export(api, *state, RA_STR("./k.l"), &lock);
	assert_int_equal(ra_api_find(api, RA_STR("./k.l"))->kind, RA_KIND_LOCK);
	assert_int_equal(ra_api_find(api, RA_STR("lib.sleep"))->effect, RA_EFFECT_SWITCH);
	assert_null(ra_api_find(below, RA_STR("./k.f")));
}

/* A map that locks its steps is a container made for threads; one without a lock is a class. */
static void test_locked_map(void **state)
{
	static const char *const text =
		"import threading\n"
		"class Map:\n"
		"    def __init__(self):\n"
		"        self.lock = threading.Lock()\n"
		"    def __getitem__(self, key): return 1\n"
		"    def __setitem__(self, key, value): pass\n"
		"class Bare:\n"
		"    def __init__(self):\n"
		"        self.items = {}\n"
		"    def __getitem__(self, key): return 1\n"
		"    def __setitem__(self, key, value): pass\n";
	const struct ra_shape *shape = shape_of(*state, "m.py", text);
	struct ra_exports exports = { 0 };

	ra_facts_exports(*state, shape, api_of(shape), &exports);
	for (size_t i = 0; i < exports.list.n; i++) {
		bool locked = ra_str_is(exports.list.v[i].name, "Map");

		if (!exports.list.v[i].class_)
			continue;
		assert_int_equal(exports.list.v[i].kind, locked ? RA_KIND_DICT : RA_KIND_UNKNOWN);
		assert_int_equal(exports.list.v[i].runtimes, locked ? RA_RT_THREADS : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(test_names_of_a_python_module),
		TEST_OF(test_units_that_give_a_task),
		TEST_OF(test_exports_of_javascript),
		TEST_OF(test_exports_by_assignment),
		TEST_OF(test_exports_that_cannot_fail),
		TEST_OF(test_imports_say_what_of_what),
		TEST_OF(test_exports_become_rows),
		TEST_OF(test_locked_map),
	};

	return cmocka_run_group_tests(tests, open_knowledge, close_knowledge);
}
