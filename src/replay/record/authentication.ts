/** The path to which `docker login` sends a password. */
const path = '/auth'

/** Whether a request asks the Engine to log in to a registry. */
export function isAuthentication(target: string): boolean {
  const url = URL.parse(target, 'http://engine')
  return url?.pathname.toLowerCase().replace(/^\/v[\d.]+(?=\/)/, '') === path
}

const message = `holdfast record does not pass POST ${path} on, which carries a password: use --allow-auth (allowAuth)`

/** What the client gets in place of the Engine's answer. */
export const refusal = [
  'HTTP/1.1 403 Forbidden',
  'Content-Type: application/json',
  `Content-Length: ${JSON.stringify({ message }).length}`,
  'Connection: close',
  '',
  JSON.stringify({ message }),
].join('\r\n')
