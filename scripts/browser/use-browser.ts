import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeEach, onTestFinished, vi } from 'vitest';
import { skipOrFail } from '../skip-or-fail.ts';

const finder = fileURLToPath(new URL('../chromium.sh', import.meta.url));

/** What the finder exits with where there is no browser. */
const NO_BROWSER = 3;

/** A browser on a busy machine takes its time. */
const TWO_MINUTES = 120_000;

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  // What a browser asks for by itself leads nowhere.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A tab in a profile of its own. */
export interface Tab {
  readonly page: Page;
  /** Errors that were thrown or logged in it, what its policy refused included. */
  readonly complaints: readonly string[];
  /** What was asked for, in order. */
  readonly requests: readonly string[];
}

/**
 * One browser for all tests of a file. Where there is none, they are skipped, or fail where nothing may be skipped.
 *
 * @returns a function that opens an address in a new tab, until the test is over; certificates are not looked at
 */
export function useBrowser(): (url: string) => Promise<Tab> {
  vi.setConfig({ testTimeout: TWO_MINUTES });
  let browser: Browser | undefined;
  beforeEach(async ({ skip }) => {
    const found = findBrowser();
    if (found.path === undefined) {
      skipOrFail('A test in a browser', found.why, skip);
    }
    browser ??= await launch({ executablePath: found.path, args: FLAGS, acceptInsecureCerts: true });
  }, TWO_MINUTES);
  afterAll(() => browser?.close());

  return async (url) => {
    if (browser === undefined) {
      throw new Error('the browser is there when the tests run, not before');
    }
    const context = await browser.createBrowserContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') {
        complaints.push(message.text());
      }
    });
    page.on('request', (request) => requests.push(request.url()));
    await page.evaluateOnNewDocument(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`the policy ${violatedDirective} refused ${blockedURI}`);
      });
    });
    await page.goto(url);
    return { page, complaints, requests };
  };
}

function findBrowser(): { readonly path: string } | { readonly path: undefined; readonly why: string } {
  try {
    return { path: execFileSync('sh', [finder], { encoding: 'utf8', stdio: 'pipe' }).trim() };
  } catch (reason) {
    const { status, stderr } = reason as { readonly status?: number; readonly stderr?: string };
    if (status !== NO_BROWSER) {
      throw reason;
    }
    return { path: undefined, why: String(stderr).trim() };
  }
}
