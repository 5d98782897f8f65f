// Shapes of what tests use: nothing here runs.

/**
 * @typedef {object} StartOptions
 * @property {string} [binary] the program; else CLAQUE_BIN, the platform's package, the PATH
 * @property {string[]} [args] more arguments of `claque serve`: `["--reading", "shaper.window=window-close"]`
 * @property {"keep" | "inherit"} [log] keep: the server's log shows in errors only; inherit: it goes to this process's
 */

/**
 * @typedef {object} WorldOptions
 * @property {string} [name] the server draws one, unless it is set
 * @property {string} [clock] `manual`, unless it is set: it stands still until it is moved; `real`; or a ratio such as `10x`
 * @property {number} [unixSeconds] where its time begins, unless that is now
 * @property {Record<string, unknown>} [limits] bounds, by name: `{ call_quotas: false }`
 * @property {string[]} [accounts]
 * @property {string[]} [refusedWords] words that the built-in moderation refuses
 * @property {Record<string, string>} [readings] of open points, by id: `{ "shaper.window": "window-close" }`
 */

/**
 * @typedef {object} ConnectOptions
 * @property {string} [url] where it listens, `http://127.0.0.1:8787`; else CLAQUE_URL
 * @property {string} [token] the control token; else CLAQUE_CONTROL_TOKEN
 */

/** @typedef {{ accessKeyId: string, accessKeySecret: string }} AccessKey */

/**
 * @typedef {object} App what `CreateLiveMessageApp` answers
 * @property {string} AppId
 * @property {string} AppKey
 * @property {string} AppSign
 * @property {string} DataCenter
 */

/** @typedef {{ AppId: string, GroupId: string } & Record<string, unknown>} Group */

/**
 * @typedef {object} TokenOptions
 * @property {"" | "admin"} [role]
 * @property {number} [timestamp] when it expires, UNIX seconds; never, unless it is set
 * @property {string} [nonce]
 * @property {{ AppId: string, AppKey: string }} [app] the world's newest, unless it is set
 */

/**
 * @typedef {object} LoginExtras
 * @property {string[]} [groups] joined at once
 * @property {App} [app] the world's newest, unless it is set
 * @property {"" | "admin"} [role]
 * @property {number} [timestamp] when its token expires, UNIX seconds; never, unless it is set
 * @property {string} [userExtension]
 */

/** @typedef {LoginExtras & Partial<Omit<import("../types.js").Config, "endpoint" | "appId" | "appSign">>} LoginOptions */

/**
 * @typedef {object} ClockState
 * @property {number} nowMicros
 * @property {number} unixSeconds
 * @property {boolean} frozen
 * @property {{ times: number, per: number }} speed
 * @property {number | null} nextDeadlineMicros
 */

/**
 * @typedef {object} Fault
 * @property {string} [operation] of the back end; all, where neither operation nor method is named
 * @property {string} [method] of audience clients
 * @property {string | number} [fail] a documented code: a name for operations, a number for methods
 * @property {string | number} [delay] `800ms`; a number is milliseconds. Wall time
 * @property {boolean} [drop] the connection is dropped without an answer
 */

/**
 * @typedef {object} Callback
 * @property {number} number
 * @property {string} url
 * @property {any} body
 * @property {string[]} tries
 * @property {boolean} delivered
 * @property {boolean} givenUp
 * @property {string | null} why
 */

/** @typedef {{ app?: string, group?: string }} LedgerFilter */

/**
 * @typedef {object} Shed
 * @property {number} atMicros
 * @property {number} submittedMicros
 * @property {string} appId
 * @property {string} groupId
 * @property {string} messageId
 * @property {number} type
 * @property {string} level
 * @property {number} weight
 * @property {string} sender
 * @property {string} data
 * @property {string} rule
 * @property {string | null} winner the message that won its place
 */

/**
 * @typedef {object} Overdue
 * @property {number} atMicros
 * @property {number} submittedMicros
 * @property {number} dueMicros
 * @property {string} appId
 * @property {string} groupId
 * @property {string} messageId
 * @property {number} type
 */

export {};
