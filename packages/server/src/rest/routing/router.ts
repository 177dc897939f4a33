import type { Template } from '../template/template.ts';
import { decodeSegment } from './percent.ts';

/** What a router knows of a route. */
export interface Routable {
  /** In upper case; `*` for every method. */
  readonly httpMethod: string;
  readonly template: Template;
  /** Names the route in errors. */
  readonly name: string;
}

/** A route and the segments of the path that led to it, not decoded yet. */
export interface Found<R> {
  readonly kind: 'route';
  readonly route: R;
  readonly segments: readonly string[];
}

/** There is something at the path, but not for this HTTP method. */
export interface OtherMethods {
  readonly kind: 'method-not-allowed' | 'options';
  /** For the header `allow`. */
  readonly allow: string;
}

/** Finds routes. */
export interface Router<R> {
  /** @param path - as in the request, percent-encoded, without query */
  match(httpMethod: string, path: string): Found<R> | OtherMethods | undefined;
}

interface Node<R> {
  readonly literals: Map<string, Node<R>>;
  one: Node<R> | undefined;
  /** Routes that end with `**` here. */
  rest: Map<string, R> | undefined;
  /** Routes that end here. */
  here: Map<string, R> | undefined;
}

/**
 * Makes a router. At each segment a literal wins over `*`, and `*` over `**`; a route with a verb wins over one
 * without; a route for one HTTP method wins over one for every method. A path that fits several routes goes to the
 * first of them, in this order, that serves the HTTP method. HEAD goes where GET goes.
 *
 * @throws Error that names both of two routes that no request could tell apart
 */
export function createRouter<R extends Routable>(routes: readonly R[]): Router<R> {
  /** One tree for each verb. */
  const trees = new Map<string, Node<R>>();
  for (const route of routes) {
    const { verb } = route.template;
    let root = trees.get(verb);
    if (root === undefined) {
      root = emptyNode();
      trees.set(verb, root);
    }
    insert(root, route);
  }
  const plain = trees.get('');
  const hasVerbs = trees.size > (plain === undefined ? 0 : 1);

  /** Calls back with the routes of every template that fits, best first, until it is told to stop. */
  const search = (segments: string[], visit: Visit<R>): Found<R> | undefined => {
    const last = segments.length - 1;
    const text = segments[last];
    const colon = hasVerbs && text !== undefined ? text.lastIndexOf(':') : -1;
    if (colon !== -1 && text !== undefined) {
      const tree = trees.get(decodeSegment(text.slice(colon + 1)) ?? '');
      if (tree !== undefined && tree !== plain) {
        const found = walk(tree, segments.with(last, text.slice(0, colon)), 0, visit);
        if (found !== undefined) {
          return found;
        }
      }
    }
    return plain === undefined ? undefined : walk(plain, segments, 0, visit);
  };

  return {
    match: (httpMethod, path) => {
      const segments = split(path);
      if (segments === undefined) {
        return undefined;
      }
      const found = search(segments, (routesHere) => serving(routesHere, httpMethod));
      if (found !== undefined) {
        return found;
      }
      const allowed = new Set<string>();
      search(segments, (routesHere) => {
        for (const method of routesHere.keys()) {
          allowed.add(method);
        }
        return undefined;
      });
      return allowed.size === 0 ? undefined : otherMethods(httpMethod, allowed);
    },
  };
}

type Visit<R> = (routes: Map<string, R>) => R | undefined;

function emptyNode<R>(): Node<R> {
  return { literals: new Map(), one: undefined, rest: undefined, here: undefined };
}

function insert<R extends Routable>(root: Node<R>, route: R): void {
  let node = root;
  for (const segment of route.template.segments) {
    if (segment.kind === 'rest') {
      node.rest ??= new Map();
      add(node.rest, route);
      return;
    }
    if (segment.kind === 'one') {
      node.one ??= emptyNode();
      node = node.one;
    } else {
      let next = node.literals.get(segment.text);
      if (next === undefined) {
        next = emptyNode();
        node.literals.set(segment.text, next);
      }
      node = next;
    }
  }
  node.here ??= new Map();
  add(node.here, route);
}

function add<R extends Routable>(routes: Map<string, R>, route: R): void {
  const other = routes.get(route.httpMethod);
  if (other !== undefined) {
    throw new Error(
      `${other.name} (${other.httpMethod} ${other.template.text}) and ${route.name} (${route.httpMethod} ` +
        `${route.template.text}) have the same path; expected paths that a request can tell apart`,
    );
  }
  routes.set(route.httpMethod, route);
}

function walk<R>(node: Node<R>, segments: string[], index: number, visit: Visit<R>): Found<R> | undefined {
  const raw = segments[index];
  if (raw === undefined) {
    const route = node.here && visit(node.here);
    if (route !== undefined) {
      return { kind: 'route', route, segments };
    }
  } else {
    if (node.literals.size > 0) {
      const text = decodeSegment(raw);
      const next = text === undefined ? undefined : node.literals.get(text);
      const found = next && walk(next, segments, index + 1, visit);
      if (found !== undefined) {
        return found;
      }
    }
    // An empty segment is the value of nothing.
    const found = raw !== '' && node.one ? walk(node.one, segments, index + 1, visit) : undefined;
    if (found !== undefined) {
      return found;
    }
  }
  const route = node.rest && visit(node.rest);
  return route === undefined ? undefined : { kind: 'route', route, segments };
}

function serving<R>(routes: Map<string, R>, httpMethod: string): R | undefined {
  return (
    routes.get(httpMethod) ??
    (httpMethod === 'HEAD' ? routes.get('GET') : undefined) ??
    // What a path allows is not up to a wildcard to say.
    (httpMethod === 'OPTIONS' ? undefined : routes.get('*'))
  );
}

const EVERY_METHOD = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'];

function otherMethods(httpMethod: string, found: ReadonlySet<string>): OtherMethods {
  const allowed = new Set(found);
  if (allowed.delete('*')) {
    for (const method of EVERY_METHOD) {
      allowed.add(method);
    }
  }
  if (allowed.has('GET')) {
    allowed.add('HEAD');
  }
  allowed.add('OPTIONS');
  const allow = [...allowed].sort().join(', ');
  return { kind: httpMethod === 'OPTIONS' ? 'options' : 'method-not-allowed', allow };
}

/** The segments of a path; none of `/`. `undefined` for what is no path. */
function split(path: string): string[] | undefined {
  if (!path.startsWith('/')) {
    return undefined;
  }
  return path === '/' ? [] : path.slice(1).split('/');
}
