/*
 * A headless Chromium, driven over its pipe (--remote-debugging-pipe): messages are JSON, each ends
 * in a NUL byte. No package is needed for it.
 */
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const FLAGS = [
	'--headless=new', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--disable-extensions', '--disable-default-apps', '--no-default-browser-check',
	'--disable-dev-shm-usage', '--hide-scrollbars', '--force-color-profile=srgb',
];

class Browser {
	constructor(program) {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'race-audit-chromium-'));
		const flags = [...FLAGS, `--user-data-dir=${this.profile}`];
		/* its sandbox does not work for root, as whom containers run tests */
		if (process.getuid() === 0)
			flags.push('--no-sandbox');
		this.child = spawn(program, [...flags, 'about:blank'],
			{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
		this.next = 1;
		this.waiting = new Map();
		this.listeners = [];
		this.rest = Buffer.alloc(0);
		this.child.stdio[4].on('data', data => this.receive(data));
		this.child.stdio[3].on('error', () => {});
		this.child.on('error', error => this.fail(error));
		this.child.on('exit', () => this.fail(new Error('chromium has ended')));
	}

	fail(error) {
		for (const { reject } of this.waiting.values())
			reject(error);
		this.waiting.clear();
		this.dead = error;
	}

	receive(data) {
		this.rest = Buffer.concat([this.rest, data]);
		for (let end; (end = this.rest.indexOf(0)) >= 0;) {
			const message = JSON.parse(this.rest.subarray(0, end).toString());

			this.rest = this.rest.subarray(end + 1);
			this.dispatch(message);
		}
	}

	dispatch(message) {
		const call = this.waiting.get(message.id);

		if (!call) {
			for (const listener of this.listeners)
				listener(message);
			return;
		}
		this.waiting.delete(message.id);
		if (message.error)
			call.reject(new Error(`${call.method}: ${message.error.message}`));
		else
			call.resolve(message.result);
	}

	send(method, params = {}, sessionId = undefined) {
		return new Promise((resolve, reject) => {
			if (this.dead) {
				reject(this.dead);
				return;
			}
			const id = this.next++;

			this.waiting.set(id, { resolve, reject, method });
			this.child.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
		});
	}

	/* A page of its own, with what it says and asks for in `problems` and `requests`. */
	async open(url, screen = {}) {
		const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
		const { sessionId } = await this.send('Target.attachToTarget',
			{ targetId, flatten: true });
		const page = { targetId, problems: [], requests: [],
			send: (method, params) => this.send(method, params, sessionId) };
		const loaded = new Promise(resolve => {
			this.listeners.push(message => {
				if (message.sessionId === sessionId)
					note(page, message, resolve);
			});
		});

		for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
			await page.send(`${domain}.enable`);
		page.show = async ({ width = 1280, height = 800, dark = false, print = false }) => {
			await page.send('Emulation.setDeviceMetricsOverride',
				{ width, height, deviceScaleFactor: 1, mobile: false });
			await page.send('Emulation.setEmulatedMedia', { media: print ? 'print' : 'screen',
				features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
		};
		await page.show(screen);
		await page.send('Page.navigate', { url });
		await loaded;
		page.evaluate = async expression => {
			const { result, exceptionDetails } = await page.send('Runtime.evaluate',
				{ expression, returnByValue: true });

			if (exceptionDetails)
				throw new Error(exceptionDetails.exception?.description
					?? exceptionDetails.text);
			return result.value;
		};
		page.close = () => this.send('Target.closeTarget', { targetId });
		return page;
	}

	async close() {
		const ended = new Promise(resolve => this.child.once('exit', resolve));

		if (!this.dead) {
			this.send('Browser.close').catch(() => {});
			await ended;
		}
		fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}
}

function note(page, { method, params }, loaded) {
	switch (method) {
	case 'Page.loadEventFired':
		loaded();
		break;
	case 'Network.requestWillBeSent':
		page.requests.push(params.request.url);
		break;
	case 'Log.entryAdded':
		page.problems.push(`${params.entry.level}: ${params.entry.text}`);
		break;
	case 'Runtime.consoleAPICalled':
		page.problems.push(`console.${params.type}`);
		break;
	case 'Runtime.exceptionThrown':
		page.problems.push(params.exceptionDetails.text);
		break;
	}
}

module.exports = { Browser };
