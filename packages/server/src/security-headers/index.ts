export { type SecurityOptions, securityHeaders } from './security-headers.ts';
