/** Where to look for commands, files and the session: any helper. */
const session =
  'PATH HOME USER LOGNAME SHELL LANG TZ TMPDIR TMP TEMP DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS'
/** Windows needs these to start a process and to find its files. */
const windows =
  'SYSTEMROOT WINDIR COMSPEC PATHEXT SYSTEMDRIVE USERPROFILE USERNAME USERDOMAIN HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES'
/** The way to a token server. */
const network =
  'HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE'
/** Managed identities of Azure. */
const azure =
  'IDENTITY_ENDPOINT IDENTITY_HEADER IDENTITY_SERVER_THUMBPRINT IMDS_ENDPOINT MSI_ENDPOINT MSI_SECRET'
const names: ReadonlySet<string> = new Set(
  [session, windows, network, azure].flatMap(list => list.split(' ')),
)

/** Beginnings of names, by the helpers that document them. */
const prefixes = [
  'LC_',
  'XDG_',
  // docker's own configuration, and docker-credential-env.
  'DOCKER_',
  // pass, and the gpg that it calls.
  'GNUPG',
  'GPG_',
  'PASSWORD_STORE_',
  // ecr-login.
  'AWS_',
  // gcr and gcloud.
  'GOOGLE_',
  'GCLOUD_',
  'GCE_METADATA_',
  'CLOUDSDK_',
  // acr-env and azure-cli.
  'AZURE_',
  'ACR_',
  // vault-login.
  'VAULT_',
  // gh and ghcr-login.
  'GH_',
  'GITHUB_TOKEN',
]

/** Configured by the user: more names, and beginnings of names that end in `*`. */
const more = 'HOLDFAST_HELPER_ENV'

/**
 * The variables that a credential helper is given: what a process needs, what the known helpers document, and what
 * `HOLDFAST_HELPER_ENV` names (`TOKEN,ACME_*`). A job's own secrets, and `DOCKER_AUTH_CONFIG`, are not among them.
 */
export function helperEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const given = (env[more] ?? '')
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => isDocumented(name) || given.some(isOf(name))),
  )
}

function isDocumented(name: string): boolean {
  // Proxies are written in either case, and names on Windows have none.
  const upper = name.toUpperCase()
  if (upper === 'DOCKER_AUTH_CONFIG') return false
  return names.has(upper) || prefixes.some(prefix => upper.startsWith(prefix))
}

function isOf(name: string): (pattern: string) => boolean {
  return pattern => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)
}
