import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { answerCompression } from '../dispatch/compression.ts';
import type { OpenApiDocument } from './openapi/types.ts';
import type { HeaderView, RestResponse } from './rest-call.ts';

/** What a page about an API is made of. */
export interface ApiPageOptions {
  readonly document: OpenApiDocument;
  /** Where the document is. Default: `/openapi.json`. */
  readonly documentPath?: string | undefined;
  /** Where the page is. Default: `/docs`. */
  readonly pagePath?: string | undefined;
  /** The script that shows the document. Default: the one of this package. */
  readonly script?: string | URL | undefined;
}

/** The files of a page. */
export interface ApiPage {
  /**
   * The document, the page, or a file of the page; `undefined` for any other path.
   *
   * @param path - of a GET or HEAD request, without query
   */
  serve(path: string, headers: HeaderView): RestResponse | undefined;
}

interface Asset {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** By the names of compressions; made when first asked for. */
  readonly compressed: Map<string, Uint8Array>;
}

/** What the script is called where it was installed, and where this package is built. */
const INSTALLED = 'openapi-explorer/dist/browser/openapi-explorer.min.js';
const BUILT = './openapi-explorer.min.js';

const STYLE = `html, body { margin: 0; height: 100% }
openapi-explorer {
  display: block;
  height: 100%;
  --font-regular: system-ui, sans-serif;
  --font-mono: ui-monospace, monospace;
}
`;

/**
 * An OpenAPI document and a page to browse it and try it out. Everything comes from here: no other host is asked for
 * anything, and the page's policy would not let it.
 *
 * @throws Error when the script cannot be found
 */
export function createApiPage(options: ApiPageOptions): ApiPage {
  const { document, documentPath = '/openapi.json', pagePath = '/docs' } = options;
  const script = readFileSync(options.script ?? findScript());
  const scriptPath = `${pagePath}/${fingerprint(script)}.js`;
  const stylePath = `${pagePath}/${fingerprint(STYLE)}.css`;
  const html = pageHtml(
    document.info.title,
    documentPath,
    scriptPath,
    stylePath,
    document.servers === undefined,
  );
  const page = asset('text/html; charset=utf-8', html, FRESH, {
    'content-security-policy': policyFor(document),
  });
  const assets = new Map<string, Asset>([
    [documentPath, asset('application/json', JSON.stringify(document), FRESH)],
    [pagePath, page],
    [`${pagePath}/`, page],
    [scriptPath, asset('text/javascript; charset=utf-8', script, LASTING)],
    [stylePath, asset('text/css; charset=utf-8', STYLE, LASTING)],
  ]);
  return {
    serve: (path, headers) => {
      const found = assets.get(path);
      return found && answer(found, headers.get('accept-encoding') ?? '');
    },
  };
}

/** Asked for again each time: it changes with the contract. */
const FRESH = 'no-cache';
/** The name changes with the content. */
const LASTING = 'public, max-age=31536000, immutable';

function asset(
  contentType: string,
  body: string | Uint8Array,
  caching: string,
  more: Readonly<Record<string, string>> = {},
): Asset {
  return {
    body,
    compressed: new Map(),
    headers: {
      'content-type': contentType,
      'cache-control': caching,
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      ...more,
    },
  };
}

/** At once: it is done a single time for each file. */
const COMPRESS: Readonly<Record<string, (body: string | Uint8Array) => Uint8Array>> = {
  gzip: (body) => gzipSync(body),
  br: (body) => brotliCompressSync(body),
};

function answer(found: Asset, acceptEncoding: string): RestResponse {
  const { body, headers, compressed } = found;
  const name = answerCompression(acceptEncoding || 'identity', undefined)?.name ?? 'identity';
  const compress = COMPRESS[name];
  if (compress === undefined) {
    return { status: 200, headers, body };
  }
  const bytes = compressed.get(name) ?? compress(body);
  compressed.set(name, bytes);
  return { status: 200, headers: { ...headers, 'content-encoding': name }, body: bytes };
}

/**
 * Scripts from here only. The page's components set styles of their own elements, for which there is no other way
 * than `unsafe-inline`.
 */
function policyFor({ servers = [] }: OpenApiDocument): string {
  const origins = servers.filter(({ url }) => /^https?:/.test(url)).map(({ url }) => new URL(url).origin);
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    `connect-src ${["'self'", ...new Set(origins)].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function pageHtml(title: string, document: string, script: string, style: string, hereOnly: boolean): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escaped(style)}">
<script type="module" src="${escaped(script)}"></script>
</head>
<body>
<openapi-explorer use-path-in-nav-bar spec-url="${escaped(document)}"${hereOnly ? ' hide-server-selection="true"' : ''}></openapi-explorer>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function fingerprint(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function findScript(): string {
  const built = fileURLToPath(new URL(BUILT, import.meta.url));
  if (existsSync(built)) {
    return built;
  }
  try {
    return createRequire(import.meta.url).resolve(INSTALLED);
  } catch (cause) {
    throw new Error(
      `${INSTALLED} cannot be found; expected it beside this module or among the installed packages`,
      {
        cause,
      },
    );
  }
}
