// Shapes only: nothing here runs.

/**
 * @typedef {object} User
 * @property {string} userId
 * @property {string} [userExtension]
 */

/**
 * @typedef {object} UserAuth what the application's server hands out with a token
 * @property {string} [nonce] may be empty
 * @property {number} timestamp expiry of the token, UNIX seconds
 * @property {string} [role] empty, or `admin`
 * @property {string} token SHA-256 of appId, appKey, userId, nonce, timestamp and role, one behind the other
 */

/**
 * @typedef {object} Config
 * @property {string} endpoint where `claque serve` listens: `http://127.0.0.1:8787`. The vendor's client has no such field
 * @property {string} appId
 * @property {string} appSign
 * @property {string} [deviceId]
 * @property {number} [heartbeatTimeout] 15 to 120 s, 99 by default
 * @property {number} [answerTimeout] seconds that a request waits for its answer, 30 by default
 * @property {(line: string) => void} [record] takes every frame as a line that `claque audit` judges, without secrets
 * @property {number} [recordClockErrorMs] how wrong this machine's clock is at the most, 1,000 by default
 * @property {new (url: string) => any} [WebSocket] the implementation; the runtime's own by default
 */

/**
 * @typedef {object} GroupInfo
 * @property {string} groupId
 * @property {string} groupName
 * @property {string} groupMeta
 * @property {number} createTime UNIX seconds
 * @property {string} creator
 * @property {string[]} admins
 * @property {{ pv: number, onlineCount: number, msgAmount: Record<string, number> }} statistics
 * @property {{ muteAll: boolean, muteSelf: boolean }} muteStatus
 * @property {boolean} isBigGroup
 * @property {number} seqnum sequence number of the newest message, 0: none yet
 * @property {number} highIndex that of the newest HIGH message among those, 0: none yet
 */

/**
 * @typedef {object} Message
 * @property {string} [groupId]
 * @property {string} messageId
 * @property {number} type
 * @property {User} sender
 * @property {string} data
 * @property {number} timestamp UNIX seconds
 * @property {number} level
 * @property {number} [seqnum]
 * @property {number} [highIndex] counts the group's HIGH messages
 * @property {number} [repeatCount]
 * @property {number} [totalMsgs] running total of the type
 * @property {boolean} [recovered] it was missed while the link was lost
 */

/** @typedef {{ userList: User[], total: number, nextPageToken: number, hasMore: boolean }} UserPage */
/** @typedef {{ messageList: Message[], nextPageToken: number, hasMore: boolean }} MessagePage */
/** @typedef {{ muteAll: boolean, muteUserList: string[], whiteUserList: string[] }} MuteState */
/** @typedef {{ groupMeta: string, adminList: string[] }} Info */

/**
 * @typedef {object} ListRequest
 * @property {string} groupId
 * @property {number} [type] only this type
 * @property {number} [sortType]
 * @property {number} [nextPageToken] 0: the first page
 * @property {number} [pageSize] listMessage: 10 to 30; listHistoryMessage: 1 to 100, at most two calls a second
 * @property {number} [beginTime] UNIX seconds
 * @property {number} [endTime] UNIX seconds
 */

/**
 * @typedef {object} EngineEvents
 * @property {[]} connecting
 * @property {[]} connectsuccess
 * @property {[error: import("./common.js").ImError]} connectfailed
 * @property {[code: number]} disconnect 1 own logout, 2 kicked, 3 timeout or other, 4 logged on elsewhere
 * @property {[groups: GroupInfo[]]} reconnectsuccess
 * @property {[callback: (error: unknown, userAuth?: UserAuth) => void]} tokenexpired
 */

/**
 * @typedef {object} GroupEvents
 * @property {[groupId: string, memberCount: number, joinUsers: User[], leaveUsers: User[], isBigGroup: boolean]} memberchange
 * @property {[groupId: string, reason: number]} exit 1 dissolved, 2 kicked
 * @property {[groupId: string, status: MuteState]} mutechange
 * @property {[groupId: string, info: Info]} infochange
 * @property {[groupId: string, likeCount: number]} like
 * @property {[groupId: string, statistics: { onlineCount: number, pv: number }]} statistics
 */

/**
 * @typedef {object} MessageEvents
 * @property {[message: Message, groupId: string]} recvgroupmessage
 * @property {[message: Message]} recvc2cmessage
 * @property {[messageId: string, groupId: string]} deletegroupmessage
 * @property {[messageId: string]} deletec2cmessage
 */

export {};
