export {
  type HeaderPair,
  type HeaderSet,
  NO_STORE,
  type SecurityHeaderOptions,
  type SecurityHeaders,
  securityHeaders,
  wantsSecurityHeaders,
} from './security-headers.ts';
