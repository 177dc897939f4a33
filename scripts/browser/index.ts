export { bundlePage } from './bundle-page.ts';
export { type PageOrigin, servePages } from './serve-pages.ts';
export { type Tab, useBrowser } from './use-browser.ts';
