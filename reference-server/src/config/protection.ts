import { z } from 'zod';
import { isAddressOrNetwork, isKeySetUrl, isServiceName } from './checks.ts';
import { flag, list, oneOf, optionalText, share } from './kinds.ts';
import { sources } from './source.ts';

/** Settings about who calls, what the port lets in, and what is seen of it. */
export const protection = {
  authIssuer: optionalText().register(sources, {
    flag: '--auth-issuer <issuer>',
    env: ['TACOS_AUTH_ISSUER', 'AUTH_ISSUER'],
    description: 'the iss of access tokens; with it come their audience and key set',
  }),
  authAudience: optionalText().register(sources, {
    flag: '--auth-audience <audience>',
    env: ['TACOS_AUTH_AUDIENCE', 'AUTH_AUDIENCE'],
    description: 'the aud that access tokens have to name',
  }),
  authJwksUrl: optionalText()
    .refine((url) => url === '' || isKeySetUrl(url), {
      error: 'expected an https URL, or an http URL on this machine',
    })
    .register(sources, {
      flag: '--auth-jwks-url <url>',
      env: ['TACOS_AUTH_JWKS_URL', 'AUTH_JWKS_URL'],
      description: "the issuer's JSON Web Key Set",
    }),
  devIssuer: flag.default(false).register(sources, {
    flag: '--dev-issuer [boolean]',
    env: ['TACOS_DEV_ISSUER'],
    description: 'trust the tokens that `token` makes with the key in the data directory; for local use',
  }),
  devIssuerKey: optionalText().register(sources, {
    flag: '--dev-issuer-key <file>',
    env: ['TACOS_DEV_ISSUER_KEY'],
    description: "that key's file instead, a private JSON Web Key (Ed25519); made when missing",
  }),
  tlsCert: optionalText().register(sources, {
    flag: '--tls-cert <file>',
    env: ['TACOS_TLS_CERT', 'TLS_CERT'],
    description: "PEM file with the server's certificate chain; the port speaks TLS then",
  }),
  tlsKey: optionalText().register(sources, {
    flag: '--tls-key <file>',
    env: ['TACOS_TLS_KEY', 'TLS_KEY'],
    description: "PEM file with the certificate's private key",
  }),
  tlsCa: optionalText().register(sources, {
    flag: '--tls-ca <file>',
    env: ['TACOS_TLS_CA', 'TLS_CA'],
    description: 'PEM file with the authorities whose client certificates are valid',
  }),
  tlsClientCertificate: oneOf('none', 'accept', 'require')
    .default('none')
    .register(sources, {
      flag: '--tls-client-certificate <how>',
      env: ['TACOS_TLS_CLIENT_CERTIFICATE', 'TLS_CLIENT_CERTIFICATE'],
      description: 'none: not asked for; accept: clients may show one; require: no connection without',
    }),
  http2: oneOf('own', 'node')
    .default('own')
    .register(sources, {
      flag: '--http2 <engine>',
      env: ['TACOS_HTTP2'],
      description: 'what serves HTTP/2: own: @traffic-tacos/http2; node: node:http2, which is slower',
    }),
  serviceIdentities: list
    .refine((names) => names.every(isServiceName), {
      error: 'expected URIs such as spiffe://example.org/gateway, host names, or CN=name',
    })
    .refine((names) => new Set(names.map((name) => name.toLowerCase())).size === names.length, {
      error: 'expected each name once',
    })
    .default([])
    .register(sources, {
      flag: '--service-identities <names>',
      env: ['TACOS_SERVICE_IDENTITIES', 'SERVICE_IDENTITIES'],
      description:
        'names in the client certificates of services of the platform, separated by commas: URIs, host names, or CN=name',
    }),
  trustedProxies: list
    .refine((entries) => entries.every(isAddressOrNetwork), {
      error: 'expected addresses and networks, such as 10.0.0.0/8',
    })
    .default([])
    .register(sources, {
      flag: '--trusted-proxies <networks>',
      env: ['TACOS_TRUSTED_PROXIES', 'TRUSTED_PROXIES'],
      description: 'addresses and networks whose x-forwarded-for is believed, separated by commas',
    }),
  queueAuth: oneOf('public', 'user')
    .default('public')
    .register(sources, {
      flag: '--queue-auth <who>',
      env: ['TACOS_QUEUE_AUTH'],
      description:
        'who may join a queue in the strict profile: public: anybody; user: who shows an access token',
    }),
  rateLimits: oneOf('on', 'off', 'strict')
    .default('strict')
    .register(sources, {
      flag: '--rate-limits <when>',
      env: ['TACOS_RATE_LIMITS', 'RATE_LIMITS'],
      description: 'whether callers are held to their rates: on, off, or strict for that profile alone',
    }),
  shedding: oneOf('on', 'off', 'strict')
    .default('strict')
    .register(sources, {
      flag: '--shedding <when>',
      env: ['TACOS_SHEDDING', 'SHEDDING'],
      description: 'whether calls are refused under overload: on, off, or strict for that profile alone',
    }),
  accessLog: z
    .union([z.enum(['all', 'failures']), share], { error: 'expected all, failures, or a number from 0 to 1' })
    .default('all')
    .register(sources, {
      flag: '--access-log <which>',
      env: ['TACOS_ACCESS_LOG', 'ACCESS_LOG'],
      description:
        'calls that get a line in the log: all, failures, or all failures and this share of the rest',
    }),
  traceShare: share.default(0.1).register(sources, {
    flag: '--trace-share <share>',
    env: ['TACOS_TRACE_SHARE'],
    description: 'share of traces that are recorded, 0 to 1',
  }),
  traceShareReservations: share.default(1).register(sources, {
    flag: '--trace-share-reservations <share>',
    env: ['TACOS_TRACE_SHARE_RESERVATIONS'],
    description: 'the same for calls that make, change or read reservations',
  }),
};
