package claque.sdk;

import claque.junit.ClaqueTest;
import claque.junit.World;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.Client;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import com.google.gson.JsonElement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The generic client of the current Java SDKs, unmodified: only the endpoint is named. */
@ClaqueTest
class TeaOpenApiTest {
  @ParameterizedTest
  @ValueSource(strings = {"ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "v2"})
  void playsTheStory(String algorithm, World world) throws Exception {
    Story.play("tea-openapi callApi, " + algorithm, world, (where, secret) -> make(where, secret, algorithm));
  }

  private static Story.Sdk make(World world, String secret, String algorithm) throws Exception {
    Config config =
        new Config()
            .setAccessKeyId(world.accessKeyId())
            .setAccessKeySecret(secret)
            .setEndpoint(world.endpoint())
            .setProtocol("http")
            .setSignatureAlgorithm(algorithm);
    Client client = new Client(config);
    return (operation, parameters) -> call(client, operation, parameters);
  }

  private static JsonElement call(Client client, String operation, Map<String, Object> parameters) throws Exception {
    Map<String, Object> sent = new LinkedHashMap<>();
    for (Map.Entry<String, Object> each : parameters.entrySet()) sent.put(each.getKey(), Story.asJson(each.getValue()));
    OpenApiRequest request = new OpenApiRequest();
    if (Story.isLive(operation)) request.setQuery(com.aliyun.openapiutil.Client.query(sent));
    else request.setBody(com.aliyun.openapiutil.Client.parseToMap(sent));
    Params params =
        new Params()
            .setAction(operation)
            .setVersion("2016-11-01")
            .setProtocol("HTTP")
            .setPathname("/")
            .setMethod("POST")
            .setAuthType("AK")
            .setStyle("RPC")
            .setReqBodyType("formData")
            .setBodyType("json");
    try {
      return Story.GSON.toJsonTree(client.callApi(params, request, new RuntimeOptions()).get("body"));
    } catch (TeaException error) {
      if (error.getStatusCode() == null) throw error;
      throw new Story.Refused(error.getStatusCode(), error.getCode());
    }
  }
}
