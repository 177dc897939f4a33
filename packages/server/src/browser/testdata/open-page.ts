import { afterAll, beforeAll } from 'vitest';
import { bundlePage, type PageOrigin, servePages, useBrowser } from '../../../../../scripts/browser/index.ts';

/** Pages of two origins. */
export interface Pages {
  /** The origin that servers of a test allow. */
  readonly app: () => string;
  /** Another one, which they do not know. */
  readonly foreign: () => string;
  /** Opens an address in a browser, until the test is over. */
  readonly open: ReturnType<typeof useBrowser>;
}

/** Serves the functions of `page/` as `page` in pages of two origins, for all tests of a file. */
export function usePages(): Pages {
  const open = useBrowser();
  let app: PageOrigin | undefined;
  let foreign: PageOrigin | undefined;
  beforeAll(async () => {
    const script = await bundlePage(new URL('page/index.ts', import.meta.url));
    app = await servePages(script);
    foreign = await servePages(script);
  });
  afterAll(() => {
    app?.close();
    foreign?.close();
  });
  return { app: () => originOf(app), foreign: () => originOf(foreign), open };
}

function originOf(pages: PageOrigin | undefined): string {
  if (pages === undefined) {
    throw new Error('pages are served when the tests run, not before');
  }
  return pages.origin;
}
