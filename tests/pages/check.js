/*
 * The pages of a site, opened in Chromium:  check.js <chromium> <directory>
 *
 * The directory holds each page as markdown too. What cmark-gfm makes of that is opened beside it,
 * and one function reads headings, tables and links off both. TAP.
 */
'use strict';

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { Browser } = require('./browser.js');

const SCREENS = [
	{ width: 1280, dark: false }, { width: 1280, dark: true },
	{ width: 390, dark: false }, { width: 390, dark: true },
];

/* -- what runs in the page ----------------------------------------------------------------- */

/* Headings, tables and links, as text. */
function readPage() {
	const text = node => node.textContent.replace(/\s+/g, ' ').trim();
	const all = (selector, root = document) => [...root.querySelectorAll(selector)];

	return {
		headings: all('h1, h2, h3, h4, h5, h6').map(h => `${h.tagName} ${text(h)}`),
		tables: all('table').map(table =>
			all('tr', table).map(row => [...row.cells].map(text).join(' | '))),
		links: all('a').filter(a => !a.closest('nav'))
			.map(a => `${text(a)} -> ${decodeURI(a.getAttribute('href'))}`),
		code: all('pre').map(pre => pre.textContent),
		items: all('li').map(text),
	};
}

/* What may not be in a page. */
function findStrangers() {
	const strangers = [];

	for (const element of document.querySelectorAll('*')) {
		if (element.matches('script, link, img, image, iframe, object, embed, form, video, audio,'
				    + ' use, foreignObject, base, meta[http-equiv=refresh]'))
			strangers.push(element.outerHTML.slice(0, 100));
		for (const { name, value } of element.attributes)
			if (/^on|^style$|^src|^xlink/.test(name) || /^\s*(javascript|data):/i.test(value))
				strangers.push(`${name}="${value}"`);
		if (element.matches('a') && !/^(https?:\/\/|#|[^:/\\][^:]*$)/.test(element.getAttribute('href')))
			strangers.push(element.outerHTML);
	}
	return strangers;
}

/* Links into this page, and files that others lead to. */
function readTargets() {
	const links = [...document.querySelectorAll('a')].map(a => new URL(a.href));

	return {
		dead: links.filter(url => url.pathname === location.pathname && url.hash)
			.map(url => decodeURIComponent(url.hash.slice(1)))
			.filter(id => !document.getElementById(id)),
		files: links.map(url => ({ file: decodeURIComponent(url.pathname),
			anchor: decodeURIComponent(url.hash.slice(1)) })),
	};
}

/* What does not fit: the page its screen, text its drawing and its box, lanes each other. */
function findOverflow() {
	const bad = [];
	const inside = (a, b) => a.left >= b.left - 0.5 && a.right <= b.right + 0.5
		&& a.top >= b.top - 0.5 && a.bottom <= b.bottom + 0.5;
	const root = document.documentElement;

	if (root.scrollWidth > root.clientWidth)
		bad.push(`the page is ${root.scrollWidth} wide`);
	let shown = 0;
	for (const svg of document.querySelectorAll('svg')) {
		const frame = svg.getBoundingClientRect();

		if (!frame.width)
			continue;
		shown++;
		for (const text of svg.querySelectorAll('text')) {
			const box = text.closest('.step, .end')?.querySelector('rect');
			const around = box ? box.getBoundingClientRect() : frame;

			if (text.textContent && !inside(text.getBoundingClientRect(), around))
				bad.push(`text leaves its box: ${text.textContent}`);
		}
		const lanes = [...svg.querySelectorAll('rect.task')].map(r => r.getBoundingClientRect());
		for (let i = 1; i < lanes.length; i++)
			if (lanes[i].left < lanes[i - 1].right)
				bad.push('lanes overlap');
	}
	if (shown * 2 !== document.querySelectorAll('svg').length)
		bad.push(`${shown} drawings are shown`);
	return bad;
}

/* Text that is hard to read: below 4.5 to 1. */
function findFaint() {
	const channel = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	const parse = color => color.match(/[\d.]+/g).map(Number);
	const light = color => parse(color).slice(0, 3).map(c => channel(c / 255))
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = element => {
		for (let at = element; at; at = at.parentElement) {
			const color = getComputedStyle(at).backgroundColor;

			if ((parse(color)[3] ?? 1) > 0)
				return color;
		}
		return 'rgb(255, 255, 255)';
	};
	const faint = new Set();

	for (const element of document.querySelectorAll('main *, header *, footer *')) {
		if (element.closest('svg') || ![...element.childNodes].some(n => n.nodeType === 3
				&& n.data.trim()))
			continue;
		const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];

		if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5)
			faint.add(`${element.tagName}.${element.className}`);
	}
	return [...faint];
}

/* -- checks -------------------------------------------------------------------------------- */

let number = 0, failed = 0;

function report(name, complaints) {
	number++;
	console.log(`${complaints.length ? 'not ok' : 'ok'} ${number} - ${name}`);
	for (const complaint of complaints.slice(0, 10))
		console.log(`# ${complaint}`);
	failed += complaints.length > 0;
}

function differences(expected, got) {
	const complaints = [];

	for (const key of Object.keys(expected))
		if (JSON.stringify(expected[key]) !== JSON.stringify(got[key])) {
			const at = expected[key].findIndex((row, i) =>
				JSON.stringify(row) !== JSON.stringify(got[key][i]));

			complaints.push(`${key}: ${expected[key].length} expected, ${got[key].length} seen; `
				+ `the first that differs: ${JSON.stringify(expected[key][at])} and `
				+ `${JSON.stringify(got[key][at])}`);
		}
	return complaints;
}

function htmlName(markdown) {
	return markdown === 'RACE_AUDIT_INDEX.md' ? 'index.html' : markdown.replace(/\.md$/, '.html');
}

async function readReference(browser, markdown) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'race-audit-reference-'));
	const file = path.join(dir, 'reference.html');

	fs.writeFileSync(file, '<!DOCTYPE html><meta charset="utf-8">' + execFileSync('cmark-gfm',
		['-e', 'table', '-e', 'strikethrough', '-e', 'tasklist', '-e', 'autolink', markdown],
		{ maxBuffer: 1 << 28 }));
	const page = await browser.open(pathToFileURL(file).href);
	const reference = await page.evaluate(`(${readPage})()`);

	await page.close();
	fs.rmSync(dir, { recursive: true });
	reference.links = reference.links.map(link => link.replace(
		/ -> (RACE_AUDIT_[^/#]*\.md)(?=#|$)/, (_, name) => ` -> ${htmlName(name)}`));
	return reference;
}

async function checkPage(browser, dir, markdown, known) {
	const name = htmlName(markdown);
	const url = pathToFileURL(path.join(dir, name)).href;
	const page = await browser.open(url);

	report(`${name} reads as its markdown does`, differences(
		await readReference(browser, path.join(dir, markdown)),
		await page.evaluate(`(${readPage})()`)));
	report(`${name} holds nothing strange`, await page.evaluate(`(${findStrangers})()`));
	const { dead, files } = await page.evaluate(`(${readTargets})()`);
	report(`${name} has no dead link`, [...dead, ...files.filter(({ file, anchor }) =>
		!fs.existsSync(file) || (anchor && !known(file).includes(`id="${anchor}"`)))
		.map(({ file, anchor }) => `${file}#${anchor}`)]);
	for (const { width, dark } of SCREENS) {
		await page.show({ width, dark });
		report(`${name} fits ${width} columns in ${dark ? 'dark' : 'light'}`,
			[...await page.evaluate(`(${findOverflow})()`),
				...(await page.evaluate(`(${findFaint})()`)).map(f => `faint: ${f}`)]);
	}
	report(`${name} asks for nothing and complains of nothing`,
		[...page.problems, ...page.requests.filter(request => request !== url)]);
	await page.close();
}

async function main([program, dir]) {
	const browser = new Browser(program);
	const texts = new Map();
	const known = file => {
		if (!texts.has(file))
			texts.set(file, fs.readFileSync(file, 'utf8'));
		return texts.get(file);
	};

	try {
		for (const markdown of fs.readdirSync(dir).filter(f => /^RACE_AUDIT_.*\.md$/.test(f)).sort())
			await checkPage(browser, path.resolve(dir), markdown, known);
	} finally {
		await browser.close();
	}
	console.log(`1..${number}`);
	process.exitCode = failed > 0 ? 1 : 0;
}

main(process.argv.slice(2)).catch(error => {
	console.log(`not ok - ${error.stack.replace(/\n/g, '\n# ')}`);
	process.exitCode = 1;
});
