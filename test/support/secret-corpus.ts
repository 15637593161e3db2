/** Put together here, so that no scanner takes these files for a leak. */
const letters = (length: number) => 'aB3dE5gH7jK9mN1pQ2sT4vW6yZ8'.repeat(40).slice(0, length)
const lines = (count: number, length = 64) =>
  Array.from({ length: count }, (_, line) => letters(length + line).slice(-length))
const base64 = (text: string) => Buffer.from(text).toString('base64')

export interface Sample {
  readonly shape: string
  /** A payload with secrets in it. */
  readonly payload: unknown
  /** What may be nowhere in what is kept of it. */
  readonly secrets: readonly string[]
  /** What looks alike and stays as it is. */
  readonly twin: unknown
}

const github = `gh${'p_'}${letters(36)}`
const random = `q7${'Zx93Lm'}2vTb81KpWs40`
const pem = (kind: string, body: readonly string[], mark = (line: string) => line) =>
  [`-----BEGIN ${kind}-----`, ...body, `-----END ${kind}-----`].map(mark).join('\n')
const body = lines(6)
const RSA = 'RSA PRIVATE KEY'

export const TOKENS: readonly (readonly [string, string, string])[] = [
  ['AWS key', `AKIA${'Q7XW3RT5ZL2K8M4N'}`, 'AKIAS are named AKIA1234'],
  ['GitHub token', github, 'ghp_is_a_prefix'],
  ['GitHub token', `github_pat_${letters(40)}`, 'github_pat_is_one'],
  ['GitLab token', `glpat-${letters(20)}`, 'glpat-20-characters'],
  ['Anthropic key', `sk-ant-api03-${letters(40)}`, 'sk-ant-api03'],
  ['OpenAI key', `sk-proj-${letters(48)}`, 'sk-learn-based-classifier-pipeline'],
  ['Slack token', `xoxb-${'1234567890'}-${letters(24)}`, 'xoxb-'],
  [
    'Slack webhook',
    `hooks.slack.com/services/${'T01ABCDEF/B01ABCDEF'}/${letters(24)}`,
    'hooks.slack.com/services',
  ],
  [
    'Discord webhook',
    `discord.com/api/webhooks/123456789012/${letters(60)}`,
    'discord.com/api/webhooks/1',
  ],
  ['Google key', `AIza${letters(35)}`, 'AIzawa'],
  ['Google token', `ya29.${letters(60)}`, 'ya29.md'],
  ['Stripe key', `sk_live_${letters(24)}`, 'disk_test_performanceanalysis'],
  ['npm token', `npm_${letters(36)}`, 'npm_config_registry_of_the_whole_company_and_more'],
  ['PyPI token', `pypi-${letters(80)}`, 'pypi-server-configuration'],
  ['Hugging Face token', `hf_${letters(34)}`, 'hf_hub_download'],
  [
    'SendGrid key',
    `SG.${letters(22)}.${letters(43)}`,
    'MSG.aaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbb',
  ],
  ['DigitalOcean token', `dop_v1_${'0123456789abcdef'.repeat(4)}`, 'dop_v1_token'],
  ['Docker token', `dckr_pat_${letters(27)}`, 'dckr_pat_'],
  [
    'Muster token',
    `muster_${letters(43)}`,
    'muster_connections_refused_total_by_reason_and_family',
  ],
  ['Muster cookie', `muster_session=${letters(40)}`, 'the cookie muster_session is kept'],
  [
    'Muster cookie',
    `muster_device_${letters(10)}=t1a2b3.${letters(43)}.${letters(43)}`,
    'the cookie muster_device_ is kept',
  ],
  [
    'JSON web token',
    `eyJ${letters(20)}.eyJ${letters(40)}.${letters(43)}`,
    'eyJhbGciOiJIUzI1NiJ9.payload.sig',
  ],
]

export const KEYS: readonly Sample[] = [
  {
    shape: 'a private key',
    payload: pem('PRIVATE KEY', body),
    secrets: body,
    twin: 'grep -r "-----BEGIN PRIVATE KEY-----" . | wc -l',
  },
  {
    shape: 'a private key that a diff removes',
    payload: pem('PRIVATE KEY', body, (line) => `-${line}`),
    secrets: body,
    twin: `-${lines(1)[0]}\n-${lines(1)[0]}`,
  },
  {
    shape: 'a private key that a diff adds, in JSON',
    payload: JSON.stringify(JSON.stringify({ patch: pem(RSA, body, (line) => `+${line}`) })),
    secrets: body,
    twin: 'if (line === "-----BEGIN RSA PRIVATE KEY-----") begun = true\nif (line === "-----END RSA PRIVATE KEY-----") begun = false',
  },
  {
    shape: 'a private key in a quotation, with numbered lines',
    payload: pem(RSA, body, (line) => `> ${line}`) + pem(RSA, body, (line) => `    12→${line}`),
    secrets: body,
    twin: pem('CERTIFICATE', body, (line) => `> ${line}`),
  },
  {
    shape: 'a private key with headers',
    payload: pem(RSA, ['Proc-Type: 4,ENCRYPTED', 'DEK-Info: AES-128-CBC,0011AABB', '', ...body]),
    secrets: body,
    twin: 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC',
  },
  {
    shape: 'a PGP key with headers',
    payload: pem('PGP PRIVATE KEY BLOCK', [
      'Version: GnuPG v2.0-x',
      'Comment: a-b - c',
      '',
      ...body,
      '=aB3d',
    ]),
    secrets: body,
    twin: pem('PGP PUBLIC KEY BLOCK', ['Version: GnuPG v2', '', ...body, '=aB3d']),
  },
  {
    shape: 'several private keys in one text',
    payload: Array.from({ length: 40 }, () => pem(RSA, lines(25))).join('\nand another one\n'),
    secrets: [...lines(25), lines(25)[3]?.slice(0, 20) ?? ''],
    twin: 'and another one\n'.repeat(40),
  },
  {
    shape: 'a private key without its end',
    payload: `${pem(RSA, [...body, 'aB3dE5gH']).split('-----END')[0]}\n\nthe rest stays`,
    secrets: [...body, 'aB3dE5gH'],
    twin: '-----BEGIN RSA PRIVATE KEY-----\nhas to be the first line',
  },
  {
    shape: 'a private key that was cut in its first line',
    payload: '-----BEGIN EC PRIVATE KEY-----\n-MHcCAQEEIO',
    secrets: ['MHcCAQEEIO'],
    twin: '-----BEGIN EC PRIVATE KEY-----',
  },
  {
    shape: 'the last lines of a private key, in a part of a file',
    payload: [
      pem(RSA, [...body, 'aB3dE5gH7jK9=='])
        .split('\n')
        .slice(3)
        .join('\n'),
      ['@@ -4,5 +4,0 @@', ...pem(RSA, body).split('\n').slice(3)].join('\n-'),
      JSON.stringify(pem(RSA, body).split('\n').slice(3).join('\r\n')),
      `${'It says: '.repeat(40)}${pem(RSA, body).split('\n').slice(3).join('\n')}`,
    ],
    secrets: [...body.slice(2), 'aB3dE5gH7jK9=='],
    twin: `${lines(2).join('\n')}\n\nit ends with -----END RSA PRIVATE KEY-----`,
  },
  {
    shape: 'a private key as lines of a patch',
    payload: {
      structuredPatch: [
        {
          lines: [
            ' a',
            ...pem(RSA, body)
              .split('\n')
              .map((line) => `-${line}`),
            ' b',
          ],
        },
      ],
    },
    secrets: body,
    twin: { lines: [' a', '-----BEGIN RSA PRIVATE KEY-----', ' b'] },
  },
  {
    shape: 'a private key with blanks for its breaks',
    payload: `KEY="${pem(RSA, body).replaceAll('\n', ' ')}"`,
    secrets: body,
    twin: 'KEY="-----BEGIN"',
  },
]

export const FIELDS: readonly Sample[] = [
  {
    shape: 'fields of configurations',
    payload: {
      dbPassword: 'hunter2',
      DB_PASS: 'hunter3',
      nested: { mysqlPwd: 'hunter4', secretKey: 'hunter5' },
    },
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5'],
    twin: {
      password_changed: 'yes',
      passwordless: 'on',
      secretary: 'Ines',
      tests_pass: 'all',
      bypass: 'none',
      PWD: '/srv',
    },
  },
  {
    shape: 'a token of high entropy',
    payload: { token: random, auth: random },
    secrets: [random],
    twin: {
      token: 'your-token-here',
      tokens: 1234,
      max_tokens: 4096,
      token_count: 7,
      input_tokens: 12,
      output_tokens: 3,
      tokenizer: 'cl100k_base',
      nextPageToken: random,
      auth: 'required',
    },
  },
  {
    shape: 'anything below a password',
    payload: {
      password: ['hunter2', 'hunter3'],
      db: { password: { primary: 'hunter4' } },
      passwd: 8675309,
    },
    secrets: ['hunter2', 'hunter3', 'hunter4', '8675309'],
    twin: {
      properties: { password: { type: 'string', minLength: 8 } },
      password: null,
      hasPassword: true,
      passwords: [],
    },
  },
  {
    shape: 'a name and its value',
    payload: [
      { name: 'Authorization', value: 'hunter2' },
      { key: 'api_key', value: { stringValue: 'hunter3' } },
      { name: 'DB_PASSWORD', value: { stringValue: 'hunter4' } },
      { header: 'X-Api-Key', val: 'hunter5' },
    ],
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5'],
    twin: [
      { name: 'Accept', value: 'text/html' },
      { key: 'input_tokens', value: { intValue: '1234' } },
      { key: 'token_count', value: { stringValue: '12' } },
      { name: 'password', type: 'string' },
      { name: 'password', value: { stringValue: 'string' } },
    ],
  },
  {
    shape: 'a list of two',
    payload: [
      ['authorization', `x-${random}`],
      ['password', 'hunter2'],
      ['host', 'a', 'cookie', 'a=hunter3'],
    ],
    secrets: [random, 'hunter2', 'hunter3'],
    twin: [
      ['password', 'username'],
      ['username', 'password', 'email'],
      ['authorization', 'required'],
    ],
  },
  {
    shape: 'a list of arguments',
    payload: [
      ['mysql', '--password', 'hunter2', '-h', 'db'],
      ['curl', '-u', 'ada:hunter3', 'https://example.org'],
      ['gh', '--token=hunter4hunter'],
      ['/usr/bin/sshpass', '-p', 'hunter5', 'ssh', 'db'],
    ],
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5'],
    twin: [
      ['git', 'push', '-u', 'origin:main'],
      ['llm', '--max-tokens', '4096'],
      ['vault', '--password', '--verbose'],
      ['run', '--password-file', '/run/pw'],
    ],
  },
]

export const TEXTS: readonly Sample[] = [
  {
    shape: 'an assignment',
    payload: 'export DB_PASS=hunter2\nPGPASSWORD=a1 psql\nSECRET_KEY_BASE=hunter3hunter',
    secrets: ['hunter2', 'a1', 'hunter3'],
    twin: 'export PWD=/srv/code/shop\npassword=$DB_PASS\nPASSWORD=$(cat key)\nmax_tokens=4096',
  },
  {
    shape: 'code',
    payload: 'const password = \'hunter2\'\nclient({ apiKey: "hunter3", dbPassword: `hunter4` })',
    secrets: ['hunter2', 'hunter3', 'hunter4'],
    twin: 'password: string, apiKey = process.env.API_KEY, secret = z.string().min(1)\nif (password === confirmation) token = nextToken()\nthis.password = userPassword',
  },
  {
    shape: 'code that speaks of passwords',
    payload:
      "connect(\n    password=hunter2,\n    key=None)\nask('Password: ', { password: 'hunter3' })\nmode ? { password: 'hunter4' } : 'off'\npassword = MY_hunter5",
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5'],
    twin: "def f(\n    password=None,\n    access_token=None,\n    key_password=None)\nask('Password: ', { stdin, stderr })\nexpect(said).toBe(isTTY ? 'Password: \\n' : '')\n<h1>{isNew ? 'Choose your password' : 'Log in'}</h1>\nautocomplete={isNew ? 'new-password' : 'off'}\nif (typeof this.password === 'function') {\nreadonly passwords: Passwords\nthis.passwords = passwords\nprivate_key: _SSH_PRIVATE_KEY_TYPES,",
  },
  {
    shape: 'a quoted value with blanks',
    payload: `password="correct horse 'battery' staple" passphrase: 'my "old" dog barks'`,
    secrets: ['correct', 'battery', 'staple', 'barks'],
    twin: 'password: "Enter your password" secret="" token="the next one"',
  },
  {
    shape: 'options of commands',
    payload: 'mysql --password hunter2 -u root; deploy --token=hunter3 --api-key "hunter 4"',
    secrets: ['hunter2', 'hunter3', 'hunter 4'],
    twin: 'deploy --password-stdin --token-limit=5; the --password flag is ignored; run --password <password>',
  },
  {
    shape: 'passwords of programs',
    payload:
      'curl -sS -u ada:hunter2 https://example.org && mysql -uroot -phunter3 shop\nsshpass -p hunter4 ssh db; redis-cli -a hunter5; docker login -u ada -p hunter6; curl --user "ada:hunter7" x',
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5', 'hunter6', 'hunter7'],
    twin: 'git push -u origin main:main; mkdir -p a/b; curl -u "$USER:$PASS" x; mysql -p shop; docker run -p 80:80 x; ssh -p 22 db',
  },
  {
    shape: 'arguments in JSON',
    payload:
      '{"args": ["curl", "-u", "ada:hunter2", "--password", "hunter3", "--token", "hunter4"], "header": ["authorization", "Bearer abcdef123456"]} [("db_password", "hunter5")]',
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5', 'abcdef123456'],
    twin: '{"required": ["password", "username"], "args": ["git", "push", "-u", "origin", "--token", "--verbose"]} hash("password", "sha256")',
  },
  {
    shape: 'names and values in JSON and YAML',
    payload:
      '[{"name": "DB_PASSWORD", "value": "hunter2"},{"key":"api_key","value":{"stringValue":"hunter3"}}]\n- name: API_KEY\n  value: hunter4hunter\n<password>hunter5</password>',
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5'],
    twin: '[{"name": "password", "type": "string"}]\n- name: API_KEY\n  valueFrom: secret\n<password/>',
  },
  {
    shape: 'a password in an address',
    payload:
      'postgres://app:app@db/app x://s:s@h redis://:hunter2@r amqp://u:p@ss-hunter3@q https://q7Zx93Lm2vTb81KpWs40@git.example.org/x',
    secrets: [':app@', ':s@', 'hunter2', 'ss-hunter3', random],
    twin: 'https://example.org:8080/path?user=me@example.org postgres://$USER:$PASS@db git@github.com:a/b ssh://git@host/x',
  },
  {
    shape: 'parameters of an address',
    payload: `https://e.org/?token=hunter2&a=1 https://e.org/?a=1&sig=hunter3%2B&x-amz-signature=hunter4 ?key=${random} &access_token=hunter5`,
    secrets: ['hunter2', 'hunter3', 'hunter4', 'hunter5', random],
    twin: 'https://e.org/?tokens=5&design=modern&sort_key=name&token_type=bearer&key=name&page_token=abcdef123&token={token}',
  },
  {
    shape: 'headers',
    payload:
      'Authorization: Bearer abcdef123456\nauthorization: Basic YWRhOmh1bnRlcjI=\nproxy-authorization=token hunter3\nBearer abcdefghijklmnop',
    secrets: ['abcdef123456', 'YWRhOmh1bnRlcjI', 'hunter3', 'abcdefghijklmnop'],
    twin: 'Authorization: required\nBearer authentication\nAuthorization: Bearer $TOKEN\nauthorization: Bearer <token>',
  },
  {
    shape: 'cookies',
    payload:
      'Cookie: theme=dark; sid=hunter2\nset-cookie: sid=hunter3; Path=/\ncurl -b "a=hunter4" x',
    secrets: ['hunter2', 'hunter3', 'hunter4'],
    twin: 'Cookie: none\ncookie policy: strict\ncookie: { maxAge: 1, secure: true }\nuse the cookie muster_session',
  },
  {
    shape: 'netrc',
    payload:
      'machine example.org login ada password hunter2\nmachine b\n  login ada\n  password x9',
    secrets: ['hunter2', 'x9'],
    twin: 'the machine has a login and a password prompt',
  },
  {
    shape: 'a token behind a word character',
    payload: `_${github} x${github} \\n${github} ${JSON.stringify(JSON.stringify(`\n${github}`))}`,
    secrets: [github],
    twin: '_ghp_ and x_ghp_token',
  },
  {
    shape: 'escapes of JSON',
    payload: [
      `"\\u0067h${'p_'}${letters(36)}"`,
      JSON.stringify(JSON.stringify({ password: 'hunter2', a: 'b "c" d' })),
      'https:\\/\\/ada:hunter3@example.org\\/x',
      '\\u0070assword=hunter4',
    ],
    secrets: [letters(36), 'hunter2', 'hunter3', 'hunter4'],
    twin: ['\\u0067h', '{\\"passwords\\": 3, \\"path\\": \\"a\\/b\\"}', 'C:\\temp\\new'],
  },
  {
    shape: 'base64',
    payload: [
      base64(`token ${github}`),
      `data: ${base64(base64(`password="hunter2 hunter2"`))}`,
      base64(pem(RSA, lines(20))).replace(/.{76}/g, '$&\n'),
      `x/${Buffer.from(`{"password":"hunter2??>>"}`).toString('base64url')}`,
    ],
    secrets: [
      base64(`token ${github}`),
      base64(base64(`password="hunter2 hunter2"`)),
      base64(pem(RSA, lines(20))).slice(100, 140),
      Buffer.from(`{"password":"hunter2??>>"}`).toString('base64url').slice(4, 24),
    ],
    twin: [
      base64('what is said here is harmless, and long'),
      'src/Ingest/Fixtures/ClaudeCodeHooks/Recordings',
      letters(64),
    ],
  },
]
