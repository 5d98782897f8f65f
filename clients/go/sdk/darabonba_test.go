package sdk_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	pop "github.com/alibabacloud-go/alibabacloud-gateway-pop/client"
	openapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"
	models "github.com/alibabacloud-go/darabonba-openapi/v2/utils"
	"github.com/alibabacloud-go/tea/dara"
	"github.com/alibabacloud-go/tea/tea"

	"claque.test/claquetest"
)

func TestDarabonbaOpenapi(t *testing.T) {
	t.Run("ACS3", func(t *testing.T) { t.Parallel(); play(t, "darabonba-openapi/v2, ACS3", darabonba("", "")) })
	t.Run("ACS3 with SM3", func(t *testing.T) {
		t.Parallel()
		play(t, "darabonba-openapi/v2, ACS3 with SM3", darabonba("", "ACS3-HMAC-SM3"))
	})
	t.Run("RPC 1.0", func(t *testing.T) { t.Parallel(); play(t, "darabonba-openapi/v2, RPC 1.0", darabonba("", "v2")) })
	t.Run("ACS4", func(t *testing.T) {
		t.Parallel()
		play(t, "darabonba-openapi/v2 with gateway-pop, ACS4", darabonba("v4", "ACS4-HMAC-SHA256"))
	})
}

// darabonba calls through the generic client: only the endpoint is named.
func darabonba(version, algorithm string) func(world *claquetest.World, secret string) caller {
	return func(world *claquetest.World, secret string) caller {
		config := &models.Config{
			AccessKeyId: &world.AccessKeyID, AccessKeySecret: &secret, Endpoint: &world.Endpoint, Protocol: dara.String("http"),
		}
		if version != "" {
			config.SignatureVersion = &version
		}
		if algorithm != "" {
			config.SignatureAlgorithm = &algorithm
		}
		client, err := openapi.NewClient(config)
		if err == nil && version == "v4" {
			err = withGateway(client)
		}
		return func(operation string, params map[string]any) ([]byte, error) {
			if err != nil {
				return nil, err
			}
			return callDarabonba(client, operation, params)
		}
	}
}

func withGateway(client *openapi.Client) error {
	gateway, err := pop.NewClient()
	if err != nil {
		return err
	}
	client.ProductId = dara.String("live")
	return client.SetGatewayClient(gateway)
}

// callDarabonba sends parameters where the current SDKs do: of the current family in the query, of the older in the body.
func callDarabonba(client *openapi.Client, operation string, params map[string]any) ([]byte, error) {
	request := &models.OpenApiRequest{}
	if strings.Contains(operation, "Live") {
		shrunk := map[string]any{}
		for name, value := range params {
			if list, isList := value.([]any); isList {
				value = dara.StringValue(models.ArrayToStringWithSpecifiedStyle(list, dara.String(name), dara.String("json")))
			}
			shrunk[name] = value
		}
		request.Query = models.Query(shrunk)
	} else {
		body := map[string]any{}
		for name, value := range params {
			switch value.(type) {
			case []any, map[string]any:
				value = dara.StringValue(models.ArrayToStringWithSpecifiedStyle(value, dara.String(name), dara.String("json")))
			}
			body[name] = value
		}
		request.Body = models.ParseToMap(body)
	}
	answer, err := client.CallApi(&models.Params{
		Action: &operation, Version: dara.String("2016-11-01"), Protocol: dara.String("HTTP"), Pathname: dara.String("/"),
		Method: dara.String("POST"), AuthType: dara.String("AK"), Style: dara.String("RPC"),
		ReqBodyType: dara.String("formData"), BodyType: dara.String("json"),
	}, request, &dara.RuntimeOptions{})
	var told *tea.SDKError
	if errors.As(err, &told) {
		return nil, refused{dara.IntValue(told.StatusCode), dara.StringValue(told.Code)}
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer["body"])
}
