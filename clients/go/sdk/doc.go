// Package sdk drives the official Go SDKs, unmodified, against a world: its tests play the story that the SDKs of every
// language play (tests/sdk/story.json, all 54 operations). It is a module of its own, so that users of claquetest do not get
// the SDKs.
package sdk
