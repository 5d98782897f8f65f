package sdk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/live"

	"claque.test/claquetest"
)

func TestAlibabaCloudSDKTyped(t *testing.T) {
	play(t, "alibaba-cloud-sdk-go/services/live, typed", func(world *claquetest.World, secret string) caller {
		client := reflect.ValueOf(liveClient(t, world, secret))
		return func(operation string, params map[string]any) ([]byte, error) {
			request := typed[operation]()
			request.SetDomain(world.Endpoint)
			request.SetScheme("HTTP")
			fill(t, operation, request, params)
			returned := client.MethodByName(operation).Call([]reflect.Value{reflect.ValueOf(request)})
			if err, failed := returned[1].Interface().(error); failed {
				return nil, refusal(err)
			}
			return shape(t, operation, returned[0])
		}
	})
}

func TestAlibabaCloudSDKCommonRequest(t *testing.T) {
	play(t, "alibaba-cloud-sdk-go, CommonRequest", func(world *claquetest.World, secret string) caller {
		client := liveClient(t, world, secret)
		return func(operation string, params map[string]any) ([]byte, error) {
			request := requests.NewCommonRequest()
			request.Domain, request.Scheme, request.Method = world.Endpoint, "http", requests.POST
			request.Version, request.ApiName = "2016-11-01", operation
			to := request.QueryParams
			if !strings.Contains(operation, "Live") {
				to = request.FormParams
			}
			for name, value := range flat(t, params) {
				to[name] = value
			}
			answer, err := client.ProcessCommonRequest(request)
			if err != nil {
				return nil, refusal(err)
			}
			return answer.GetHttpContentBytes(), nil
		}
	})
}

func liveClient(t *testing.T, world *claquetest.World, secret string) *live.Client {
	client, err := live.NewClientWithAccessKey("cn-shanghai", world.AccessKeyID, secret)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func refusal(err error) error {
	var told sdkerrors.Error
	if errors.As(err, &told) {
		return refused{told.HttpStatus(), told.ErrorCode()}
	}
	return err
}

// fill puts parameters into the typed fields that bear their names.
func fill(t *testing.T, operation string, request requests.AcsRequest, params map[string]any) {
	into := reflect.ValueOf(request).Elem()
	for name, value := range params {
		field := into.FieldByName(name)
		if !field.IsValid() {
			t.Fatalf("%s: the request has no %s", operation, name)
		}
		switch value := value.(type) {
		case []any:
			list := make([]string, 0, len(value))
			for _, inner := range value {
				list = append(list, fmt.Sprint(inner))
			}
			field.Set(reflect.ValueOf(&list))
		case map[string]any:
			// The SDK panics over a map of its own that is not empty; its form takes the map as JSON.
			request.GetFormParams()[name] = flat(t, params)[name]
		default:
			field.SetString(fmt.Sprint(value))
		}
	}
}

// shape gives the JSON of an answer, having looked that the type has taken up every request ID.
func shape(t *testing.T, operation string, answer reflect.Value) ([]byte, error) {
	text := answer.MethodByName("GetHttpContentBytes").Call(nil)[0].Bytes()
	var body struct{ RequestId string }
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, err
	}
	if got := answer.Elem().FieldByName("RequestId").String(); got != body.RequestId {
		t.Errorf("%s: the typed answer has request ID %q, the text %q", operation, got, body.RequestId)
	}
	return text, nil
}
