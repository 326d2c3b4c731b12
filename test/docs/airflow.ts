/** The parameters of DockerOperator, as its constructor has them (apache-airflow-providers-docker 4.5). */
export const dockerOperator = [
  'image',
  'api_version',
  'command',
  'container_name',
  'cpus',
  'docker_url',
  'environment',
  'private_environment',
  'env_file',
  'force_pull',
  'mem_limit',
  'host_tmp_dir',
  'network_mode',
  'tls_ca_cert',
  'tls_client_cert',
  'tls_client_key',
  'tls_verify',
  'tls_hostname',
  'tls_ssl_version',
  'mount_tmp_dir',
  'tmp_dir',
  'user',
  'mounts',
  'entrypoint',
  'working_dir',
  'xcom_all',
  'docker_conn_id',
  'dns',
  'dns_search',
  'auto_remove',
  'shm_size',
  'tty',
  'hostname',
  'privileged',
  'cap_add',
  'extra_hosts',
  'retrieve_output',
  'retrieve_output_path',
  'timeout',
  'device_requests',
  'log_opts_max_size',
  'log_opts_max_file',
  'ipc_mode',
  'skip_on_exit_code',
  'port_bindings',
  'ulimits',
  'labels',
] as const

export interface Example {
  parameter: string
  /** What follows `holdfast run`, behind variables; undefined where there is none. */
  command: string | undefined
  /** Fields of the options of `run()`. */
  library: string | undefined
}

/** The rows of docs/airflow.md that are about a parameter. */
export function examples(page: string): Example[] {
  const rows = page.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|–) \| (?:`([^`]+)`|–) \| .+ \|$/gm)
  return Array.from(rows, ([, parameter = '', command, library]) => ({ parameter, command, library }))
}

/** The words of a line of shell that has only quotes and blanks. */
export function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, plain = '']) => quoted ?? plain)
}

/** A line's variables, and what follows them. */
export function variablesAndArguments(line: string): { env: Record<string, string>; argv: string[] } {
  const all = words(line)
  const first = all.findIndex(word => !/^[A-Z_]+=/.test(word))
  const count = first < 0 ? all.length : first
  const env = all.slice(0, count).map(word => [word.split('=', 1)[0], word.slice(word.indexOf('=') + 1)])
  return { env: Object.fromEntries(env), argv: all.slice(count) }
}

/** The arguments with an image behind the flags, where the example has none. */
export function withImage(argv: readonly string[], image: string): string[] {
  const own = argv.findIndex(word => /^(\w+\.example\.com\/)?[\w/]*batch:1\.4$/.test(word))
  return own < 0 ? [...argv, image, 'true'] : argv.with(own, image)
}
