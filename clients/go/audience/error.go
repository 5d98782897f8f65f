package audience

import "fmt"

// Code is a documented error code. It is an error itself, so that errors.Is(err, audience.Muted) asks for it.
type Code int

// The documented error codes. WrongState and FormerSession are the client's own; the server says the others.
const (
	AlreadyLogin    Code = 304
	BadParameter    Code = 400
	Forbidden       Code = 403
	NoSession       Code = 404
	Busy            Code = 412
	ReceiverOffline Code = 424
	NotJoined       Code = 425
	NoGroup         Code = 440
	GroupDeleted    Code = 441
	Muted           Code = 442
	LimitReached    Code = 443
	MayNotJoin      Code = 450
	Temporary       Code = 500
	WrongState      Code = 601
	NotLogin        Code = 602
	FormerSession   Code = 603
	Parse           Code = 604
)

// Error gives the code as text.
func (code Code) Error() string { return fmt.Sprintf("code %d", int(code)) }

// ImError is a refusal: a documented code and a sentence.
type ImError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Error gives code and sentence.
func (e *ImError) Error() string { return fmt.Sprintf("%d: %s", int(e.Code), e.Message) }

// Is tells whether the refusal has this code.
func (e *ImError) Is(target error) bool { return target == error(e.Code) }

func refusal(code Code, format string, values ...any) *ImError {
	return &ImError{Code: code, Message: fmt.Sprintf(format, values...)}
}
