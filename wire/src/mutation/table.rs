//! The table of the wire's mutants.

use claque_core::Rule;

macro_rules! mutations {
    ($(#[doc = $doc:literal] $name:ident => $id:literal breaks $rule:ident;)*) => {
        /// A mutant of the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WireMutation {
            $(#[doc = $doc] $name,)*
        }

        impl WireMutation {
            /// Every mutant.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),* }
            }

            /// The rule it breaks.
            #[must_use]
            pub const fn rule(self) -> Rule {
                match self { $(Self::$name => Rule::$rule),* }
            }

            /// The damage of the broken endpoint, in one sentence.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $doc.trim_ascii_start()),* }
            }
        }
    };
}

mutations! {
    /// Takes administrators joined by commas for one name.
    AdminsUnsplit => "admins-unsplit" breaks GroupAdminsComma;
    /// Answers every create of an application with the default data centre.
    AppCreateCenterFixed => "app-create-center-fixed" breaks AppCreateResponse;
    /// Leaves the signature out of the answer to a create of an application.
    AppCreateUnsigned => "app-create-unsigned" breaks AppCreateResponse;
    /// Answers a call that deletes an application of the newer family.
    AppDeleteAnswered => "app-delete-answered" breaks AppDeleteNoOperation;
    /// Leaves the retention tier out of the description of an application.
    AppDescribeShort => "app-describe-short" breaks AppDescribeFields;
    /// Describes every application with the shortest retention.
    AppDescribeTierFixed => "app-describe-tier-fixed" breaks AppDescribeFields;
    /// Writes the times of listed applications in milliseconds.
    AppListTimesMillis => "app-list-times-millis" breaks AppTimesUnixSeconds;
    /// Lists every application as enabled.
    AppsDisableAlwaysFalse => "apps-disable-always-false" breaks WireAppsDisableString;
    /// Writes the times of applications in milliseconds.
    AppTimesMillis => "app-times-millis" breaks AppTimesUnixSeconds;
    /// Writes the disabled flag of listed applications as a truth value.
    AppsDisableBoolean => "apps-disable-boolean" breaks WireAppsDisableString;
    /// Refuses truth values in capitals.
    BoolAllCapsRefused => "bool-all-caps-refused" breaks WireBoolAnyCase;
    /// Takes truth values in lower case only.
    BoolLowerOnly => "bool-lower-only" breaks WireBoolAnyCase;
    /// Sends a callback as a field of a form.
    CallbackAsForm => "callback-as-form" breaks CallbackTransportPostJson;
    /// Takes a receiver that breaks the connection for one that took the callback.
    CallbackBrokenTaken => "callback-broken-taken" breaks CallbackDeliveryRetries;
    /// Sends a callback with GET.
    CallbackByGet => "callback-by-get" breaks CallbackTransportPostJson;
    /// Sends a callback with PUT.
    CallbackByPut => "callback-by-put" breaks CallbackTransportPostJson;
    /// Says that callbacks are in another charset.
    CallbackCharsetOther => "callback-charset-other" breaks CallbackTransportPostJson;
    /// Numbers a reconnection like a logon.
    CallbackCodeReconnectLogon => "callback-code-reconnect-logon" breaks CallbackEventCodes;
    /// Numbers the events of callbacks from 0.
    CallbackCodesShifted => "callback-codes-shifted" breaks CallbackEventCodes;
    /// Reports the logoff of a session that timed out under a number of its own.
    CallbackCodeTimeoutOther => "callback-code-timeout-other" breaks CallbackEventCodes;
    /// Sends a callback as a JSON text that holds JSON.
    CallbackEscapedTwice => "callback-escaped-twice" breaks CallbackTransportPostJson;
    /// Names a group in every event.
    CallbackGroupEverywhere => "callback-group-everywhere" breaks CallbackFieldGroup;
    /// Leaves the group out of leave events.
    CallbackGroupMissing => "callback-group-missing" breaks CallbackFieldGroup;
    /// Names a group in logoffs too.
    CallbackGroupOnLogoff => "callback-group-on-logoff" breaks CallbackFieldGroup;
    /// Names the first group only in a reconnection event.
    CallbackGroupsFirstOnly => "callback-groups-first-only" breaks CallbackFieldGroups;
    /// Leaves the groups out of reconnection events.
    CallbackGroupsMissing => "callback-groups-missing" breaks CallbackFieldGroups;
    /// Lists groups in logoffs too.
    CallbackGroupsOnLogoff => "callback-groups-on-logoff" breaks CallbackFieldGroups;
    /// Calls back without a timestamp.
    CallbackHeadersMissing => "callback-headers-missing" breaks CallbackAuthHeaders;
    /// Sends callbacks in UTF-16.
    CallbackInUtf16 => "callback-in-utf16" breaks CallbackTransportPostJson;
    /// Never sends a callback again.
    CallbackOnceOnly => "callback-once-only" breaks CallbackDeliveryRetries;
    /// Gives every event a reason.
    CallbackReasonEverywhere => "callback-reason-everywhere" breaks CallbackLogoffReasons;
    /// Calls the timeout of a session a normal logoff.
    CallbackReasonTimeoutNormal => "callback-reason-timeout-normal" breaks CallbackLogoffReasons;
    /// Sends a callback again four times at most.
    CallbackRetriesOneLess => "callback-retries-one-less" breaks CallbackDeliveryRetries;
    /// Sends a callback again six times at most.
    CallbackRetriesOneMore => "callback-retries-one-more" breaks CallbackDeliveryRetries;
    /// Sends a callback again without its signature.
    CallbackRetryUnsigned => "callback-retry-unsigned" breaks CallbackAuthHeaders;
    /// Names the application of a callback differently.
    CallbackShapeOther => "callback-shape-other" breaks CallbackBodyShape;
    /// Signs callbacks in upper case.
    CallbackSignUpper => "callback-sign-upper" breaks CallbackSignFormula;
    /// Calls back with a time and without a signature.
    CallbackSignatureMissing => "callback-signature-missing" breaks CallbackAuthHeaders;
    /// Takes a receiver that says nothing for one that took the callback.
    CallbackSilenceTaken => "callback-silence-taken" breaks CallbackDeliveryRetries;
    /// Sends a callback again at once.
    CallbackSpacingNone => "callback-spacing-none" breaks CallbackDeliveryRetries;
    /// Sends a callback again after two seconds.
    CallbackSpacingTwoSeconds => "callback-spacing-two-seconds" breaks CallbackDeliveryRetries;
    /// Takes every status from 200 to 299 for 200.
    CallbackTakenByAny2xx => "callback-taken-by-any-2xx" breaks CallbackDeliveryRetries;
    /// Takes every answer to a callback for 200.
    CallbackTakenByAnyAnswer => "callback-taken-by-any-answer" breaks CallbackDeliveryRetries;
    /// Tells the time of a callback in milliseconds.
    CallbackTimeMillis => "callback-time-millis" breaks CallbackSignFormula;
    /// Calls back under a transaction without its groups of digits.
    CallbackTransactionPlain => "callback-transaction-plain" breaks CallbackBodyShape;
    /// Sends callbacks without a content type.
    CallbackTypeMissing => "callback-type-missing" breaks CallbackTransportPostJson;
    /// Calls the body of a callback plain text.
    CallbackTypeText => "callback-type-text" breaks CallbackTransportPostJson;
    /// Signs no callback.
    CallbackUnsigned => "callback-unsigned" breaks CallbackAuthDefaultOn;
    /// Signs no callback but those of logons.
    CallbackUnsignedAfterLogon => "callback-unsigned-after-logon" breaks CallbackAuthDefaultOn;
    /// Waits four seconds for the answer to a callback.
    CallbackWithinFourSeconds => "callback-within-four-seconds" breaks CallbackDeliveryRetries;
    /// Waits six seconds for the answer to a callback.
    CallbackWithinSixSeconds => "callback-within-six-seconds" breaks CallbackDeliveryRetries;
    /// Waits for the answer to a callback without end.
    CallbackWithoutEnd => "callback-without-end" breaks CallbackDeliveryRetries;
    /// Writes a counter that is full as a negative number.
    CounterWraps => "counter-wraps" breaks StatisticsIncreaseSaturates;
    /// Leaves the ID of the request out of refusals.
    EnvelopeNoId => "envelope-no-id" breaks WireErrorEnvelope;
    /// Leaves the message out of refusals.
    EnvelopeNoMessage => "envelope-no-message" breaks WireErrorEnvelope;
    /// Refuses illegal parameters with a code of its own.
    ErrorInputOther => "error-input-other" breaks ErrorInputInvalidCode;
    /// Refuses illegal parameters with status 422.
    ErrorInputStatus => "error-input-status" breaks ErrorInputInvalidCode;
    /// Refuses missing permissions of the older family with a code of its own.
    ErrorNoAuthOldOther => "error-no-auth-old-other" breaks ErrorNoAuthCode;
    /// Refuses missing permissions with a code of its own.
    ErrorNoAuthOther => "error-no-auth-other" breaks ErrorNoAuthCode;
    /// Refuses missing permissions with status 401.
    ErrorNoAuthStatus => "error-no-auth-status" breaks ErrorNoAuthCode;
    /// Refuses missing resources of the older family with status 400.
    ErrorNotExistOldStatus => "error-not-exist-old-status" breaks ErrorResourceNotExistCode;
    /// Refuses missing resources with a code of its own.
    ErrorNotExistOther => "error-not-exist-other" breaks ErrorResourceNotExistCode;
    /// Refuses missing resources with status 400.
    ErrorNotExistStatus => "error-not-exist-status" breaks ErrorResourceNotExistCode;
    /// Answers unknown failures with a code of its own.
    ErrorServerOther => "error-server-other" breaks ErrorServerErrorCode;
    /// Answers unknown failures with status 503.
    ErrorServerStatus => "error-server-status" breaks ErrorServerErrorCode;
    /// Refuses one group too many as an illegal parameter.
    ErrorTooManyOther => "error-too-many-other" breaks ErrorTooManyGroupsCode;
    /// Refuses one group too many with status 403.
    ErrorTooManyStatus => "error-too-many-status" breaks ErrorTooManyGroupsCode;
    /// Undoes the escapes of a value twice.
    EscapesUndoneTwice => "escapes-undone-twice" breaks WireSignAcs3;
    /// Takes escapes with lower-case digits for plain text.
    EscapesUpperOnly => "escapes-upper-only" breaks WireParametersBody;
    /// Takes a form whose media type names a charset for no form.
    FormCharsetRefused => "form-charset-refused" breaks WireParametersBody;
    /// Loses the form body.
    FormIgnored => "form-ignored" breaks WireParametersBody;
    /// Takes a plus sign in a form for a plus sign.
    FormPlusLiteral => "form-plus-literal" breaks WireParametersBody;
    /// Answers in JSON whatever is asked for.
    FormatIgnored => "format-ignored" breaks WireFormatXml;
    /// Swaps the two flags of the answer to a create.
    GroupCreateFlagsSwapped => "group-create-flags-swapped" breaks GroupCreateResponse;
    /// Leaves information and administrators out of the description of a deleted group.
    GroupDescribeDeletedShort => "group-describe-deleted-short" breaks GroupDescribeFields;
    /// Leaves the administrators out of the description of a group.
    GroupDescribeShort => "group-describe-short" breaks GroupDescribeFields;
    /// Lists every group as one that is not deleted.
    GroupListDeleteFalse => "group-list-delete-false" breaks ListGroupsFields;
    /// Leaves the information out of listed groups.
    GroupListShort => "group-list-short" breaks ListGroupsFields;
    /// Refuses GET for the numbered list of groups.
    GroupPagePostOnly => "group-page-post-only" breaks WireGroupPageGet;
    /// Writes the token of the next page of groups as a number.
    GroupTokenNumber => "group-token-number" breaks ListGroupsTokenString;
    /// Writes the token 0 on the last page of groups.
    GroupTokenOnLastPage => "group-token-on-last-page" breaks ListGroupsTokenString;
    /// Takes the action from the parameters only.
    HeaderActionIgnored => "header-action-ignored" breaks WireActionHeader;
    /// Takes the action from a parameter where there is one, whatever the header says.
    HeaderActionOverruled => "header-action-overruled" breaks WireActionHeader;
    /// Does not find headers whose names are in upper case.
    HeaderNamesLowerOnly => "header-names-lower-only" breaks WireActionHeader;
    /// Takes the first of several numbered items only.
    ListFirstIndexOnly => "list-first-index-only" breaks WireListIndexed;
    /// Sorts numbered items as texts.
    ListIndexAsText => "list-index-as-text" breaks WireListIndexed;
    /// Takes the first eleven of numbered items only.
    ListIndexBounded => "list-index-bounded" breaks WireListIndexed;
    /// Takes the first nine of numbered items only.
    ListIndexSingleDigit => "list-index-single-digit" breaks WireListIndexed;
    /// Takes a JSON array for names joined by commas.
    ListJsonAsComma => "list-json-as-comma" breaks WireListJson;
    /// Takes the first item of a JSON array only.
    ListJsonFirstOnly => "list-json-first-only" breaks WireListJson;
    /// Takes items of a list whose name begins like another for items of that.
    ListNamePrefix => "list-name-prefix" breaks WireListIndexed;
    /// Takes a list joined by commas for one item.
    ListUnsplit => "list-unsplit" breaks WireListComma;
    /// Takes a list of the older family that is joined by commas for one item.
    ListUnsplitOld => "list-unsplit-old" breaks WireListComma;
    /// Takes the nested values of maps for texts.
    MapFlattened => "map-flattened" breaks WireMapJson;
    /// Ignores maps.
    MapIgnored => "map-ignored" breaks WireMapJson;
    /// Rounds large numbers in maps.
    MapNumbersRounded => "map-numbers-rounded" breaks WireMapJson;
    /// Lists the times of messages in milliseconds.
    MessageListMillis => "message-list-millis" breaks ListMessagesFields;
    /// Leaves the sequence number out of listed messages.
    MessageListShort => "message-list-short" breaks ListMessagesFields;
    /// Answers a send with another message id.
    MessageSendOtherId => "message-send-other-id" breaks MessageSendResponse;
    /// Answers a message to one user with another message id.
    MessageSendUserOtherId => "message-send-user-other-id" breaks MessageSendResponse;
    /// Takes a message type that is no number for none.
    MessageTypeLenient => "message-type-lenient" breaks MessageTypeNumeric;
    /// Asks the custom review about a text without its characters of several bytes.
    ModerationAsciiOnly => "moderation-ascii-only" breaks ModerationRequestContent;
    /// Asks the custom review about the beginning of a long text.
    ModerationCut => "moderation-cut" breaks ModerationRequestContent;
    /// Asks the custom review about a text that is escaped twice.
    ModerationEscapedTwice => "moderation-escaped-twice" breaks ModerationRequestContent;
    /// Asks the custom review under another field name.
    ModerationOtherField => "moderation-other-field" breaks ModerationRequestContent;
    /// Takes the users of the combined mute change under the corrected spelling.
    NameBannedCorrected => "name-banned-corrected" breaks WireNamesBannnedUsers;
    /// Writes `HasMore` in every list.
    NameHasMoreEverywhere => "name-has-more-everywhere" breaks WireNamesHasMore;
    /// Takes the name of the group send for the information of the sender in a user send as well.
    NameSenderInfoBoth => "name-sender-info-both" breaks WireNamesSenderInfo;
    /// Takes the sender's information of a user send under the name of the group send.
    NameSenderInfoOne => "name-sender-info-one" breaks WireNamesSenderInfo;
    /// Corrects irregular names.
    NamesCorrected => "names-corrected" breaks WireNamesIrregular;
    /// Drops characters of several bytes from older data.
    OldDataAscii => "old-data-ascii" breaks LegacySendDataString;
    /// Writes older data that is JSON anew.
    OldDataNormalised => "old-data-normalised" breaks LegacySendDataString;
    /// Refuses data that is no JSON object in the older group send.
    OldDataObjectOnly => "old-data-object-only" breaks LegacySendDataString;
    /// Writes answers of the older family without their result.
    OldEnvelopeFlat => "old-envelope-flat" breaks LegacyResponseEnvelope;
    /// Writes the ID of an older request inside its result.
    OldEnvelopeIdInside => "old-envelope-id-inside" breaks LegacyResponseEnvelope;
    /// Writes the result of the query of applications as an object.
    OldQueryObject => "old-query-object" breaks LegacyQueryArray;
    /// Takes the older group send without an operator.
    OldSendAnonymous => "old-send-anonymous" breaks LegacySendRequired;
    /// Names the message of the older sends differently.
    OldSendOtherName => "old-send-other-name" breaks LegacySendResponse;
    /// Needs a type in the older group send.
    OldSendTypeNeeded => "old-send-type-needed" breaks LegacySendTypeOptional;
    /// Takes the older send to several users without a type.
    OldSendUsersTypeLenient => "old-send-users-type-lenient" breaks LegacySendUsersTypeRequired;
    /// Writes status 0 for what is in order.
    OldStatusZero => "old-status-zero" breaks LegacyStatusNormal;
    /// Writes the expiry of older tokens in microseconds.
    OldTokenMicros => "old-token-micros" breaks LegacyTokenExpiryMs;
    /// Writes the expiry of older tokens in seconds.
    OldTokenSeconds => "old-token-seconds" breaks LegacyTokenExpiryMs;
    /// Takes the whole part of an older type with a fraction.
    OldTypeFractionTaken => "old-type-fraction-taken" breaks LegacySendTypeOptional;
    /// Does not know one of the operations.
    OperationMissing => "operation-missing" breaks WireOperationsNewFamily;
    /// Loses the query.
    QueryIgnored => "query-ignored" breaks WireParametersQuery;
    /// Leaves the group out of the answer to a restore.
    RestoreUnnamed => "restore-unnamed" breaks DeletionRestoreResponse;
    /// Signs questions to a custom review in upper case.
    ReviewSignedWrong => "review-signed-wrong" breaks ModerationAuthDefaultOn;
    /// Asks the custom review without a signature.
    ReviewUnsigned => "review-unsigned" breaks ModerationAuthDefaultOn;
    /// Believes a request signed in its headers whatever its body is.
    SignBodyUnverified => "sign-body-unverified" breaks WireSignAcs3;
    /// Refuses signatures that leave out an empty parameter.
    SignEmptyNeeded => "sign-empty-needed" breaks WireSignEmpty;
    /// Refuses times with a fraction of a second.
    SignFractionRefused => "sign-fraction-refused" breaks WireSignFraction;
    /// Takes calls from the future.
    SignFutureTaken => "sign-future-taken" breaks WireSignAcs3;
    /// Refuses every request signed in its headers.
    SignHeadersRefused => "sign-headers-refused" breaks WireSignAcs3;
    /// Refuses signatures that leave out the host.
    SignHostNeeded => "sign-host-needed" breaks WireSignListed;
    /// Forgets a nonce after a minute.
    SignNonceBrief => "sign-nonce-brief" breaks WireSignAcs3;
    /// Takes a nonce for used up when another key has used it.
    SignNonceShared => "sign-nonce-shared" breaks WireSignAcs3;
    /// Refuses every request signed in its parameters.
    SignParametersRefused => "sign-parameters-refused" breaks WireSignRpc1;
    /// Takes calls of any age.
    SignPastTaken => "sign-past-taken" breaks WireSignRpc1;
    /// Takes a plus sign in the query for a plus sign.
    SignPlusLiteral => "sign-plus-literal" breaks WireSignPlusSpace;
    /// Takes a call that is sent twice.
    SignReplayTaken => "sign-replay-taken" breaks WireSignAcs3;
    /// Takes a call signed in its parameters that is sent twice.
    SignReplayTakenRpc1 => "sign-replay-taken-rpc1" breaks WireSignRpc1;
    /// Refuses signatures with a key derived for the day.
    SignScopeRefused => "sign-scope-refused" breaks WireSignAcs4;
    /// Takes header signatures that leave out what must be signed.
    SignUnlistedTaken => "sign-unlisted-taken" breaks WireSignListed;
    /// Believes every request signed in its headers.
    SignUnverifiedAcs3 => "sign-unverified-acs3" breaks WireSignAcs3;
    /// Believes every request signed with a key derived for the day.
    SignUnverifiedAcs4 => "sign-unverified-acs4" breaks WireSignAcs4;
    /// Believes every request signed in its parameters.
    SignUnverifiedRpc1 => "sign-unverified-rpc1" breaks WireSignRpc1;
    /// Believes every request whose signature leaves out the host.
    SignUnverifiedWithoutHost => "sign-unverified-without-host" breaks WireSignListed;
    /// Cuts a request target off where common servers do.
    TargetCut => "target-cut" breaks WireTargetLong;
    /// Throttles the older family with a code of its own.
    ThrottleCodeOldOther => "throttle-code-old-other" breaks QuotaThrottleCode;
    /// Throttles with a code of its own.
    ThrottleCodeOther => "throttle-code-other" breaks QuotaThrottleCode;
    /// Throttles without saying for how long.
    ThrottleHeadersMissing => "throttle-headers-missing" breaks QuotaThrottleHeaders;
    /// Throttles the older family without saying for how long.
    ThrottleHeadersOldMissing => "throttle-headers-old-missing" breaks QuotaThrottleHeaders;
    /// Tells throttled callers to wait for no time.
    ThrottleHeadersZero => "throttle-headers-zero" breaks QuotaThrottleHeaders;
    /// Leaves the groups out that a change of user information did not reach.
    UserInfoFailuresLost => "user-info-failures-lost" breaks UserInfoMissingGroupCode;
    /// Calls a change of user information a success where its group is gone.
    UserInfoFailuresTaken => "user-info-failures-taken" breaks UserInfoPerGroup;
    /// Lists every user without information.
    UserListInfoEmpty => "user-list-info-empty" breaks ListUsersFields;
    /// Leaves the information out of listed users.
    UserListShort => "user-list-short" breaks ListUsersFields;
    /// Writes the token -1 on the last page of users.
    UserTokenKept => "user-token-kept" breaks ListUsersTokenEnd;
    /// Cuts values off at an equals sign.
    ValueCutAtEquals => "value-cut-at-equals" breaks WireParametersBody;
}
